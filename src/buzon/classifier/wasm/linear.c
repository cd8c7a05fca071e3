// What a linear model makes of a text: the TF-IDF of its n-grams, times the weights.

#include "kernel.h"

enum { WIDE = 8, LOGS = 1 << 8 };
enum { MOST_PLACES = 1 << 16, MOST_FIGURES = 1 << 20, TRIES = 4 };  // of the memo
#define MIX 0x9FB21C651E98DF25ull  // odd; from XXH3

typedef float wide __attribute__((vector_size(4 * WIDE), aligned(4)));

u32 shape[3];
struct weighing weighings[PARTS];
u64 known[KNOWN];

// A bit for each column that is kept, and how many are kept before those of each 64.
static const u64 *kept;
static const u32 *before;

// The inverse document frequency of a kept column, then its weights. They are read WIDE at a time,
// and so beyond the end of a row: what is made of that is never looked at.
static const float *rows;
static u32 size;  // of a row

// What spellings say, worked out once: most of a mail stood in others before. One is in the place
// that its hash tells, or soon behind it; where there is no room, it drives out what is in its own.
struct spelling { u64 hash; float says[]; };
static void *memo;
static u32 places;

// The n-grams at hand: their columns; of those that are kept, the row and what it weighs.
static u32 *columns, *picked, *slots;
static float *heed;
static float *sum, *total;

static float *figures(u32 count) { return room(4 * (count + WIDE)); }

static u32 bytes_of_a_place(void) { return (sizeof(struct spelling) + 4 * size + 7) & ~7u; }

static struct spelling *in_place(u32 i) { return memo + (i & (places - 1)) * bytes_of_a_place(); }

// Makes room for a model of so many columns and kept ones, with so many figures each.
EXPORTED(make_room) void make_room(void) {
    u32 blocks = (shape[0] + 63) / 64, all = shape[1] * shape[2];
    forget();
    kernel.kept = (struct array){room(8 * blocks), blocks};
    kernel.before = (struct array){room(4 * blocks), blocks};
    kernel.rows = (struct array){figures(all), all};
    kept = kernel.kept.start;
    before = kernel.before.start;
    rows = kernel.rows.start;
    size = shape[2];
    for (places = MOST_PLACES; places * size > MOST_FIGURES;)
        places /= 2;
    memo = room(places * bytes_of_a_place() + 4 * WIDE);
    for (u32 i = 0; i < places; i++)
        in_place(i)->hash = 0;
    keep();
}

// 1 + log(number), by the series of the inverse hyperbolic tangent.
static float dampened(u32 number) {
    static float found[LOGS];
    if (number < LOGS && found[number])
        return found[number];
    u32 twos = 31 - __builtin_clz(number);
    double beyond = (double)number / (1u << twos), t = (beyond - 1) / (beyond + 1), series = 0;
    for (int i = 19; i > 0; i -= 2)
        series = series * t * t + 1.0 / i;
    float all = 1 + 2 * t * series + twos * 0.69314718055994530942;
    return number < LOGS ? found[number] = all : all;
}

static int is_kept(u32 column) { return kept[column / 64] >> column % 64 & 1; }

static u32 row_of(u32 column) {
    u64 lower = kept[column / 64] & ((1ull << column % 64) - 1);
    return before[column / 64] + __builtin_popcountll(lower);
}

// Empties slots for twice as many columns at least; returns a mask for their numbers.
static u32 empty_slots(u32 count) {
    u32 all = 2;
    while (all < 2 * count)
        all *= 2;
    for (u32 i = 0; i < all; i++)
        slots[i] = 0;
    return all - 1;
}

// Picks the kept of so many columns, each once; returns how many they are.
static u32 pick(u32 count) {
    u32 next = 0, mask = empty_slots(count);
    for (u32 i = 0; i < count; i++) {
        u32 column = columns[i], at = column & mask;
        if (!is_kept(column))
            continue;
        while (slots[at] && columns[slots[at] - 1] != column)
            at = (at + 1) & mask;
        if (!slots[at]) {
            columns[next] = column;
            heed[next] = 0;
            slots[at] = ++next;
        }
        heed[slots[at] - 1]++;
    }
    for (u32 i = 0; i < next; i++) {
        picked[i] = row_of(columns[i]);
        heed[i] = dampened(heed[i]);
    }
    return next;
}

// The same of the characters of a spelling, where each counts for one as often as it is there.
static u32 pick_all(u32 count) {
    u32 next = 0;
    for (u32 i = 0; i < count; i++)
        if (is_kept(columns[i])) {
            picked[next] = row_of(columns[i]);
            heed[next++] = 1;
        }
    return next;
}

// The squared length of what was picked, then its product with the weights.
static void add_up(u32 count) {
    double squares = 0;
    wide here = {0};
    for (u32 i = 0; i < count; i++) {
        const float *row = rows + picked[i] * size;
        heed[i] *= row[0];
        squares += heed[i] * heed[i];
        here += heed[i] * *(const wide *)row;
    }
    *(wide *)sum = here;
    for (u32 at = WIDE; at < size; at += WIDE) {
        here = (wide){0};
        for (u32 i = 0; i < count; i++)
            here += heed[i] * *(const wide *)(rows + picked[i] * size + at);
        *(wide *)(sum + at) = here;
    }
    sum[0] = squares;
}

// As `_scale` in tfidf.py.
static float scale(double squares, struct weighing by) {
    double fourth = by.credible * by.credible * by.credible * by.credible;
    double all = squares * squares + fourth;
    return all > 0 ? by.length * squares * __builtin_sqrt(squares) / all : 0;
}

static void add_scaled(float *scores, const float *found, struct weighing by) {
    float scaled = scale(found[0], by);
    for (u32 i = 1; i < size; i++)
        scores[i - 1] += scaled * found[i];
}

// Where a spelling is, or where it goes to.
static struct spelling *find(u64 hash) {
    u32 first = hash * MIX >> 40;
    for (u32 i = 0; i < TRIES; i++) {
        struct spelling *found = in_place(first + i);
        if (found->hash == hash || !found->hash)
            return found;
    }
    return in_place(first);
}

// What a spelling says: the sum of its n-grams.
static const float *say(u32 spelling, struct part part, u32 from) {
    u64 hash = spelling_hash[spelling];
    struct spelling *found = find(hash);
    if (found->hash != hash || !hash) {
        add_up(pick_all(columns_of_run(spelling_run[spelling], part, from, columns)));
        found->hash = hash;
        for (u32 i = 0; i < size; i++)
            found->says[i] = sum[i];
    }
    return found->says;
}

static void say_all(u32 text, struct part part, u32 from) {
    const u32 *border = kernel.spelling_border.start;
    for (u32 i = 0; i < size; i++)
        total[i] = 0;
    for (u32 i = border[text]; i < border[text + 1]; i++) {
        const float *says = say(i, part, from);
        for (u32 at = 0; at < size; at += WIDE)
            *(wide *)(total + at) += *(const wide *)(says + at);
    }
}

static void score(u32 text, float *scores) {
    const struct part *part = kernel.parts.start;
    u32 from = 0, last = kernel.parts.count / 3 - 1;
    for (u32 i = 0; i + 1 < size; i++)
        scores[i] = 0;
    for (u32 i = 0; i < last; from += 1u << part[i++].bits) {
        add_up(pick(columns_of(text, part[i], from, columns)));
        add_scaled(scores, sum, weighings[i]);
    }
    say_all(text, part[last], from);
    add_scaled(scores, total, weighings[last]);
}

static u32 unknown_words(u32 text) {
    const u32 *border = kernel.word_border.start;
    u32 unknown = 0;
    for (u32 i = border[text]; i < border[text + 1]; i++) {
        u32 place = word_hash[i] * MIX >> (64 - VOCABULARY_BITS);
        unknown += ~known[place / 64] >> place % 64 & 1;
    }
    return unknown;
}

// Reads the chunk; and tells of each text the `scores`, and how many words are `unknown`. The parts
// are those of words, then that of characters.
EXPORTED(project) void project(void) {
    u32 texts = kernel.lengths.count, most = most_columns(begin_reading());
    columns = room(4 * most);
    picked = room(4 * most);
    heed = room(4 * most);
    slots = room(4 * (4 * most + 2));
    sum = figures(size);
    total = figures(size);
    float *scores = room(4 * texts * (size - 1));
    u32 *unknown = room(4 * texts);
    for (u32 text = 0; text < texts; text++) {
        read_text(text);
        score(text, scores + text * (size - 1));
        unknown[text] = unknown_words(text);
    }
    end_reading();
    kernel.scores = (struct array){scores, texts * (size - 1)};
    kernel.unknown = (struct array){unknown, texts};
}
