// The arrays, and the way through them.

#include "kernel.h"

u16 folded[CHARS];
u8 kinds[CHARS];
u64 names[TEXTS];
u8 stems[TEXTS];
u32 points[CHARS];
static u32 lengths[TEXTS], parts[PARTS][3];

u16 code[CHARS];
u32 place[CHARS];
u8 line_end[CHARS];
u32 word_start[CHARS], word_end[CHARS];
u64 word_hash[CHARS], word_meaning[CHARS];
u8 word_edge[CHARS];
u32 run_start[CHARS / 2], run_end[CHARS / 2], run_spelling[CHARS / 2];
u64 spelling_hash[CHARS / 2];
u32 spelling_run[CHARS / 2];
static u32 word_border[TEXTS + 1], spelling_border[TEXTS + 1];

struct kernel kernel = {
    .folded = {folded, CHARS}, .kinds = {kinds, CHARS},
    .names = {names, TEXTS}, .stems = {stems, TEXTS},
    .points = {points, CHARS}, .lengths = {lengths, TEXTS},
    .parts = {parts, 3 * PARTS}, .shape = {shape, 3}, .weighings = {weighings, 2 * PARTS},
    .known = {known, KNOWN},
    .code = {code}, .place = {place}, .line_end = {line_end},
    .word_start = {word_start}, .word_end = {word_end}, .word_hash = {word_hash},
    .word_meaning = {word_meaning}, .word_edge = {word_edge}, .word_border = {word_border},
    .run_start = {run_start}, .run_end = {run_end}, .run_spelling = {run_spelling},
    .spelling_hash = {spelling_hash}, .spelling_border = {spelling_border},
};

static u32 next_point;

// Forgets the chunk before; returns the length of the longest text.
u32 begin_reading(void) {
    u32 longest = 0;
    kernel.code.count = kernel.place.count = kernel.line_end.count = 0;
    kernel.word_hash.count = kernel.run_start.count = kernel.spelling_hash.count = 0;
    next_point = 0;
    take_back();
    for (u32 text = 0; text < kernel.lengths.count; text++)
        longest = lengths[text] > longest ? lengths[text] : longest;
    return longest;
}

void read_text(u32 text) {
    u32 begin = kernel.code.count;
    encode(next_point, next_point + lengths[text]);
    find_words(begin, kernel.code.count);
    word_border[text + 1] = kernel.word_hash.count;
    spelling_border[text + 1] = kernel.spelling_hash.count;
    next_point += lengths[text];
}

void end_reading(void) {
    u32 texts = kernel.lengths.count;
    u32 codes = kernel.code.count, words = kernel.word_hash.count, runs = kernel.run_start.count;
    kernel.place.count = kernel.line_end.count = codes;
    kernel.word_start.count = kernel.word_end.count = kernel.word_meaning.count = words;
    kernel.word_edge.count = words;
    kernel.run_end.count = kernel.run_spelling.count = runs;
    kernel.word_border.count = kernel.spelling_border.count = texts + 1;
}

// Reads the chunk: codes, words, runs and spellings; and counts the parts that are given.
EXPORTED(read) void read(void) {
    begin_reading();
    for (u32 text = 0; text < kernel.lengths.count; text++)
        read_text(text);
    end_reading();
    if (kernel.parts.count)
        count();
}
