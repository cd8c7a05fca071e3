// One round of dual coordinate descent (Hsieh et al., 2008), for many machines at once: a module of
// its own, whose memory descent.py lays out.

typedef unsigned int u32;
typedef float floats __attribute__((vector_size(16)));
typedef int flags __attribute__((vector_size(16)));

#define EXPORTED(name) __attribute__((export_name(#name)))
#define INLINE static inline __attribute__((always_inline))

enum {
    TOGETHER = 8,  // vectors: so many sums fit into registers
    LINE = 4,  // vectors of a line of the cache
};

struct text {
    u32 entries;
    const u32 *column;
    const float *value;
    float slack;
};

INLINE floats four(float value) { return (floats){value, value, value, value}; }

// Has the weights of a text's columns brought into the cache, for `n` vectors of each. Most of them
// lie far away, and a loop of nothing but loads waits for some twenty at a time, one that calculates
// with them for a few: a round takes two thirds of the time.
INLINE void fetch(u32 n, u32 apart, const struct text *text, const floats *weights) {
    for (u32 i = 0; i < text->entries; i++) {
        const volatile floats *of_column = weights + text->column[i] * apart;
        for (u32 v = 0; v < n; v += LINE)
            (void)of_column[v];
        (void)of_column[n - 1];
    }
}

// Adds to the sums what the machines of `n` vectors say of a text; the weights of a column stand
// `apart` from the next one's. Returns the text's squared length.
INLINE float ask(u32 n, u32 apart, const struct text *text, const floats *weights, floats *sum) {
    float square = 0;
    fetch(n, apart, text, weights);
    for (u32 i = 0; i < text->entries; i++) {
        const floats value = four(text->value[i]), *of_column = weights + text->column[i] * apart;
        for (u32 v = 0; v < n; v++)
            sum[v] += value * of_column[v];
        square += text->value[i] * text->value[i];
    }
    return square;
}

// Gives a text its best shares in the machines of `n` vectors, and moves their weights along.
// Returns what the dual problem wins.
INLINE double visit(
    u32 n, u32 apart, const struct text *text, const floats *side, floats *share, floats *weights
) {
    floats slope[TOGETHER], move[TOGETHER], won = four(0);
    flags moved = {0, 0, 0, 0};
    for (u32 v = 0; v < n; v++)
        slope[v] = share[v] * text->slack - side[v];
    const float steepness = text->slack + ask(n, apart, text, weights, slope);
    for (u32 v = 0; v < n; v++) {
        floats best = share[v] - slope[v] / steepness;
        // Of a machine that doesn't learn the text the side is 0, and no share is the best.
        best = (floats)((flags)best & (flags)(best * side[v] > 0));
        move[v] = best - share[v];
        moved |= (flags)(move[v] != 0);
        won -= move[v] * (slope[v] + move[v] * (steepness / 2));
        share[v] = best;
    }
    if (!(moved[0] | moved[1] | moved[2] | moved[3]))
        return 0;
    for (u32 i = 0; i < text->entries; i++) {
        const floats value = four(text->value[i]);
        floats *of_column = weights + text->column[i] * apart;
        for (u32 v = 0; v < n; v++)
            of_column[v] += value * move[v];
    }
    return (double)won[0] + won[1] + won[2] + won[3];
}

// A loop of its own for each number of vectors, in which all sums stay in registers.
static double visit_some(
    u32 n, u32 apart, const struct text *text, const floats *side, floats *share, floats *weights
) {
    switch (n) {
    case 1: return visit(1, apart, text, side, share, weights);
    case 2: return visit(2, apart, text, side, share, weights);
    case 3: return visit(3, apart, text, side, share, weights);
    case 4: return visit(4, apart, text, side, share, weights);
    case 5: return visit(5, apart, text, side, share, weights);
    case 6: return visit(6, apart, text, side, share, weights);
    case 7: return visit(7, apart, text, side, share, weights);
    default: return visit(TOGETHER, apart, text, side, share, weights);
    }
}

// Visits the texts of these numbers in turn, whose entries lie behind each other. `vectors`: of four
// machines each, the last one padded. Returns what the dual problem wins.
EXPORTED(visit_texts) double visit_texts(
    u32 texts, u32 vectors, const u32 *number, const u32 *border, const u32 *column,
    const float *value, const float *slack, const floats *side, floats *share, floats *weights
) {
    double won = 0;
    for (u32 i = 0; i < texts; i++) {
        u32 at = number[i], from = border[i];
        struct text text = {border[i + 1] - from, column + from, value + from, slack[at]};
        for (u32 v = 0; v < vectors; v += TOGETHER) {
            u32 n = vectors - v < TOGETHER ? vectors - v : TOGETHER, place = at * vectors + v;
            won += visit_some(n, vectors, &text, side + place, share + place, weights + v);
        }
    }
    return won;
}

static void ask_some(
    u32 n, u32 apart, const struct text *text, const floats *weights, floats *sum
) {
    switch (n) {
    case 1: ask(1, apart, text, weights, sum); break;
    case 2: ask(2, apart, text, weights, sum); break;
    case 3: ask(3, apart, text, weights, sum); break;
    case 4: ask(4, apart, text, weights, sum); break;
    case 5: ask(5, apart, text, weights, sum); break;
    case 6: ask(6, apart, text, weights, sum); break;
    case 7: ask(7, apart, text, weights, sum); break;
    default: ask(TOGETHER, apart, text, weights, sum);
    }
}

// What the machines of some `vectors` say of such texts; `weights` begin with theirs in the first
// column, and the next column's are `apart`.
EXPORTED(ask_about) void ask_about(
    u32 texts, u32 vectors, u32 apart, const u32 *border, const u32 *column, const float *value,
    const floats *weights, floats *said
) {
    for (u32 i = 0; i < texts; i++, said += vectors) {
        u32 from = border[i];
        struct text text = {border[i + 1] - from, column + from, value + from, 0};
        for (u32 v = 0; v < vectors; v += TOGETHER) {
            u32 n = vectors - v < TOGETHER ? vectors - v : TOGETHER;
            floats sum[TOGETHER];
            for (u32 w = 0; w < n; w++)
                sum[w] = four(0);
            ask_some(n, apart, &text, weights + v, sum);
            for (u32 w = 0; w < n; w++)
                said[v + w] = sum[w];
        }
    }
}
