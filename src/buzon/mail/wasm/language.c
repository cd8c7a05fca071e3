// Which language a text is in: a naive Bayes model over the n-grams that an automaton meets in its
// bytes (Lui and Baldwin, 2012). A module of its own, whose memory language_model.py lays out.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef short halves __attribute__((vector_size(8), aligned(2)));
typedef int bits __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(16)));

#define EXPORTED(name) __attribute__((export_name(#name)))

enum { TEXTS = 1 << 7, MOST = 7201 };  // at once, and bytes of each: language_model.py
enum { END = '\n' };                   // of a text: its words have none
enum { BESIDE = 8 };  // texts whose bytes are read in turn: most steps wait for the memory
enum { VECTORS = 12, COLUMNS = 4 * VECTORS };

// What the automaton has met last is the longest n-gram, or beginning of one, that the text ends
// with. A node is one that goes on with some bytes: a state each, in their order from `first` on;
// with others it goes on as its longest ending that is a node does, the `shorter` one.
struct node { u64 goes_on[4]; u32 first, shorter; u8 before[8]; };
struct state { u32 node; int feature; };  // feature: below zero where it is only a beginning

// The best column, the best of those that are spoken, and by how much the best leads the second one
// and the best that is spoken.
struct ranking { u32 best, spoken; float lead, ahead; };

u8 bytes[TEXTS * MOST];
struct ranking rankings[TEXTS];

static const struct node *node;
static const struct state *state;
static const halves *weights;  // of each feature those of all columns, each of 16 bits (IEEE 754)
static const float *prior, *logarithm;  // of each column; of one more than a number
static u16 *often;                      // each feature is in the text; zero between texts
static u32 columns, spoken;             // the first columns are those of languages that are spoken

// The weights may be followed by four more columns at most; what is read there counts for nothing.
EXPORTED(know) void know(
    u32 all, u32 first, const struct node *nodes, const struct state *states, const halves *weigh,
    const float *priors, const float *logarithms, u16 *counts
) {
    if (all > COLUMNS)
        __builtin_trap();
    columns = all;
    spoken = first;
    node = nodes;
    state = states;
    weights = weigh;
    prior = priors;
    logarithm = logarithms;
    often = counts;
}

static int goes_on(u32 at, u8 byte) { return node[at].goes_on[byte / 64] >> byte % 64 & 1; }

static u32 next(u32 at, u8 byte) {
    const u64 smaller = node[at].goes_on[byte / 64] & ((1ull << byte % 64) - 1);
    return node[at].first + node[at].before[byte / 64] + __builtin_popcountll(smaller);
}

// A text on its way through the automaton: what is left of it, where it is, and what it has met.
struct walk { const u8 *text; u32 at, count, met[MOST]; };

// Returns where the next text begins.
static const u8 *begin(struct walk *walk, const u8 *text) {
    walk->text = text;
    walk->at = walk->count = 0;
    while (*text != END)
        text++;
    return text + 1;
}

// A byte further. Returns whether there was one.
static int step(struct walk *walk) {
    const u8 byte = *walk->text;
    u32 at = walk->at;
    if (byte == END)
        return 0;
    walk->text++;
    walk->at = 0;
    while (at && !goes_on(at, byte))
        at = node[at].shorter;
    if (goes_on(at, byte)) {
        const struct state reached = state[next(at, byte)];
        walk->at = reached.node;
        walk->met[walk->count] = reached.feature;
        walk->count += reached.feature >= 0;
    }
    return 1;
}

// Counts features, of which each stays once. Returns how many stay.
static u32 count(u32 *met, u32 all) {
    u32 kinds = 0;
    for (u32 i = 0; i < all; i++) {
        const u32 feature = met[i];
        met[kinds] = feature;
        kinds += !often[feature]++;
    }
    return kinds;
}

// As numbers of 32 bits, divided by 2 to the power of 112.
static floats widened(halves half) {
    const int sign_and_rest = (int)0x8FFFE000;
    return (floats)(__builtin_convertvector(half, bits) << 13 & sign_and_rest);
}

// Has the weights of the features brought into the cache: most of them lie far away, and a loop of
// nothing but loads waits for many at a time, one that calculates with them for a few.
static void fetch(const u32 *met, u32 kinds) {
    for (u32 i = 0; i < kinds; i++) {
        const volatile u16 *of_feature = (const u16 *)weights + met[i] * columns;
        (void)of_feature[0];
        (void)of_feature[columns - 1];
    }
}

static void score(const u32 *met, u32 kinds, floats *sum) {
    for (u32 v = 0; v < VECTORS; v++)
        sum[v] = (floats){0, 0, 0, 0};
    fetch(met, kinds);
    for (u32 i = 0; i < kinds; i++) {
        const float times = logarithm[often[met[i]]] * 0x1p112f;
        const halves *weight = (const halves *)((const u16 *)weights + met[i] * columns);
        for (u32 v = 0; v < VECTORS; v++)
            sum[v] += widened(weight[v]) * times;
        often[met[i]] = 0;
    }
}

// Among equals the first is the best.
static struct ranking ranking(const float *scores) {
    struct ranking found = {0, 0, 0, 0};
    float second = -__builtin_inff();
    for (u32 i = 1; i < columns; i++) {
        if (scores[i] > scores[found.best]) {
            second = scores[found.best];
            found.best = i;
        } else if (scores[i] > second) {
            second = scores[i];
        }
        if (i + 1 == spoken)
            found.spoken = found.best;
    }
    found.lead = scores[found.best] - second;
    found.ahead = scores[found.best] - scores[found.spoken];
    return found;
}

// A text that has no feature is as likely in any language.
static struct ranking rank_one(struct walk *walk) {
    union { floats sum[VECTORS]; float scores[COLUMNS]; } all;
    const u32 kinds = count(walk->met, walk->count);
    score(walk->met, kinds, all.sum);
    for (u32 i = 0; kinds && i < columns; i++)
        all.scores[i] += prior[i];
    return ranking(all.scores);
}

// Ranks the languages of so many texts.
EXPORTED(rank) void rank(u32 texts) {
    static struct walk walks[BESIDE];
    const u8 *byte = bytes;
    for (u32 from = 0; from < texts; from += BESIDE) {
        const u32 beside = texts - from < BESIDE ? texts - from : BESIDE;
        for (u32 i = 0; i < beside; i++)
            byte = begin(walks + i, byte);
        for (int going = 1; going;) {
            going = 0;
            for (u32 i = 0; i < beside; i++)
                going |= step(walks + i);
        }
        for (u32 i = 0; i < beside; i++)
            rankings[from + i] = rank_one(walks + i);
    }
}
