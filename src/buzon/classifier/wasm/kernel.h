// What the classifier does most, in C: from texts to words, spellings, counted n-grams and scores.
//
// kernel.py puts a chunk of texts into `points` and `lengths`, calls what is exported, and takes
// what was found out of the other arrays. From one chunk to the next only the tables are kept, and
// the model.

#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORTED(name) __attribute__((export_name(#name)))
#define BASE 0x9E3779B97F4A7C15ull  // of the polynomials that are hashes

enum { CHARS = 1 << 16, TEXTS = 1 << 12, PARTS = 1 << 4 };  // of a chunk at most: codes.py
enum { SPACE = 0, NUMBER = '0', ADDRESS = 0xE000, LINK = 0xE001, BEYOND = 0xFFFE, DROPPED };
enum { VOCABULARY_BITS = 20, KNOWN = 1 << VOCABULARY_BITS >> 6 };
enum { NO_WORD, IN_WORD, ALONE };  // kinds of codes
enum { OPENING = 1, CLOSING = 2 };  // edges of a mail, as bits

struct part { u32 analyzer, reach, bits; };
struct weighing { double length, credible; };

struct array {
    void *start;
    u32 count;
};

// In the order of ARRAYS in kernel.py. Of those that are given, `count` is first the room.
extern struct kernel {
    struct array folded, kinds, names, stems, points, lengths, parts;
    struct array shape, weighings, known, kept, before, rows;
    struct array code, place, line_end;
    struct array word_start, word_end, word_hash, word_meaning, word_edge, word_border;
    struct array run_start, run_end, run_spelling, spelling_hash, spelling_border;
    struct array column, often, border, first, second, scores, unknown;
} kernel;

extern u16 folded[CHARS];
extern u8 kinds[CHARS];
extern u64 names[TEXTS];
extern u8 stems[TEXTS];
extern u32 points[CHARS];

// The chunk's codes, each text framed by two spaces; `place` is the point that each stands for.
extern u16 code[CHARS];
extern u32 place[CHARS];
extern u8 line_end[CHARS];

extern u32 word_start[CHARS], word_end[CHARS];
extern u64 word_hash[CHARS], word_meaning[CHARS];
extern u8 word_edge[CHARS];

// A run is what stands between two spaces. A text's spellings are its runs, each taken once.
extern u32 run_start[CHARS / 2], run_end[CHARS / 2], run_spelling[CHARS / 2];
extern u64 spelling_hash[CHARS / 2];
extern u32 spelling_run[CHARS / 2];  // the first run that has it

// Of a linear model: how it weighs each part, and the words that it has met, as bits.
extern u32 shape[3];
extern struct weighing weighings[PARTS];
extern u64 known[KNOWN];

// The chunk, text after text. The beginning forgets the chunk before, and returns how many points
// the longest text has.
u32 begin_reading(void);
void read_text(u32 text);
void end_reading(void);

// Each goes on from where the text before has ended.
void encode(u32 from, u32 to);      // points; and finds runs
void find_words(u32 from, u32 to);  // in codes

// The runs of a text of at most so many codes, one by one.
void begin_runs(u32 codes);
void add_run(u32 start, u32 end, u64 hash);

// What a word means, by the hash of its first so many codes, or of all; 0 where it means nothing.
u64 stem_meaning(u64 hash, u32 size);
u64 whole_meaning(u64 hash);

// Equal hashes get equal numbers: a new one gets `next`.
void begin_numbers(u32 most);
u32 number_of(u64 hash, u32 next);

// How often each text has the n-grams of each of the parts.
void count(void);

// Puts the columns of a text's n-grams, or of those that the characters of a run make, beside each
// other, and returns how many they are; a text of so many codes has `most_columns` of them.
u32 columns_of(u32 text, struct part part, u32 from, u32 *into);
u32 columns_of_run(u32 run, struct part part, u32 from, u32 *into);
u32 most_columns(u32 codes);

// Memory behind the arrays, until all of it is taken back but what is kept, or that is forgotten too.
void *room(u32 bytes);
void take_back(void);
void keep(void);
void forget(void);
