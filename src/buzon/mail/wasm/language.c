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

// Counts the features of a text, and puts those that it has into `met`. Returns where it ends.
static const u8 *count(const u8 *text, u32 *met, u32 *kinds) {
    u32 at = 0;
    for (; *text != END; text++) {
        while (at && !goes_on(at, *text))
            at = node[at].shorter;
        if (!goes_on(at, *text))
            continue;
        const struct state reached = state[next(at, *text)];
        at = reached.node;
        if (reached.feature >= 0 && !often[reached.feature]++)
            met[(*kinds)++] = reached.feature;
    }
    return text;
}

// As numbers of 32 bits, divided by 2 to the power of 112.
static floats widened(halves half) {
    const int sign_and_rest = (int)0x8FFFE000;
    return (floats)(__builtin_convertvector(half, bits) << 13 & sign_and_rest);
}

static void score(const u32 *met, u32 kinds, floats *sum) {
    for (u32 v = 0; v < VECTORS; v++)
        sum[v] = (floats){0, 0, 0, 0};
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

// Ranks the languages of so many texts. A text that has no feature is as likely in any.
EXPORTED(rank) void rank(u32 texts) {
    const u8 *byte = bytes;
    for (u32 text = 0; text < texts; text++) {
        static u32 met[MOST];
        union { floats sum[VECTORS]; float scores[COLUMNS]; } all;
        u32 kinds = 0;
        byte = count(byte, met, &kinds) + 1;
        score(met, kinds, all.sum);
        for (u32 i = 0; kinds && i < columns; i++)
            all.scores[i] += prior[i];
        rankings[text] = ranking(all.scores);
    }
}
