// N-grams of words, of what they mean, and of characters, as columns of the features.

#include "kernel.h"

enum { OF_WORDS, OF_CHARS, OF_CONCEPTS, OF_EDGE_WORDS, OF_EDGE_CONCEPTS };  // as in reading.py

// From xxHash and MurmurHash3; odd where they multiply.
#define FIRST 0xC2B2AE3D27D4EB4Full
#define SECOND 0x165667B19E3779F9ull
#define OPENS 0x27D4EB2F165667C5ull
#define CLOSES 0x85EBCA77C2B2AE63ull
#define MIX 0xFF51AFD7ED558CCDull

struct word { u64 hash; u32 number; };

// Where the next n-gram goes; `first` and `second`, its ends, only where they are asked for.
static u32 *column, *first, *second;
static u32 border;  // the columns of the parts before
static struct word *words;

static void put(u64 hash, u32 bits) {
    hash ^= hash >> 32;
    *column++ = border + (u32)(hash * MIX >> (64 - bits));
}

static void put_pairs(u32 count, struct part part) {
    for (u32 i = 0; i < count; i++) {
        u64 single = words[i].hash * FIRST;
        put(single, part.bits);
        if (first)
            *first++ = *second++ = words[i].number;
        for (u32 j = i + 1; j < count && j <= i + part.reach; j++) {
            put(single + words[j].hash * SECOND, part.bits);
            if (first) {
                *first++ = words[i].number;
                *second++ = words[j].number;
            }
        }
    }
}

// The words from one to another that are at an edge, or all where none is named.
static u32 choose(u32 from, u32 to, int concepts, u8 edge) {
    u64 add = edge == OPENING ? OPENS : edge == CLOSING ? CLOSES : 0;
    u32 count = 0;
    for (u32 word = from; word < to; word++) {
        u64 hash = concepts ? word_meaning[word] : word_hash[word];
        if ((concepts && !hash) || (edge && !(word_edge[word] & edge)))
            continue;
        words[count++] = (struct word){hash + add, word};
    }
    return count;
}

// Two to `reach` characters of a spelling and the spaces beside it.
static void put_chars(u32 run, struct part part) {
    u32 end = run_end[run] + 1;
    for (u32 start = run_start[run] - 1; start < end; start++) {
        // Plus one, as a space's code is zero: else " ho" would have the hash of "ho".
        u64 hash = code[start] + 1;
        for (u32 i = start + 1; i < end && i < start + part.reach; i++) {
            hash = hash * BASE + code[i];
            put(hash, part.bits);
            if (first) {
                *first++ = start;
                *second++ = i + 1;
            }
        }
    }
}

static void put_text(u32 text, struct part part) {
    const u32 *word = kernel.word_border.start, *spelling = kernel.spelling_border.start;
    u32 from = word[text], to = word[text + 1];
    int concepts = part.analyzer == OF_CONCEPTS || part.analyzer == OF_EDGE_CONCEPTS;
    if (part.analyzer == OF_CHARS) {
        for (u32 i = spelling[text]; i < spelling[text + 1]; i++)
            put_chars(spelling_run[i], part);
    } else if (part.analyzer == OF_WORDS || part.analyzer == OF_CONCEPTS) {
        put_pairs(choose(from, to, concepts, 0), part);
    } else {
        put_pairs(choose(from, to, concepts, OPENING), part);
        put_pairs(choose(from, to, concepts, CLOSING), part);
    }
}

u32 columns_of(u32 text, struct part part, u32 from, u32 *into) {
    column = into;
    border = from;
    first = second = 0;
    put_text(text, part);
    return column - into;
}

u32 columns_of_run(u32 run, struct part part, u32 from, u32 *into) {
    column = into;
    border = from;
    first = second = 0;
    put_chars(run, part);
    return column - into;
}

// How many n-grams so many codes and words have at most.
static u32 most(const struct part *part, u32 parts, u32 codes, u32 words) {
    u64 most = 0;
    for (u32 i = 0; i < parts; i++) {
        u32 passes = part[i].analyzer == OF_WORDS || part[i].analyzer == OF_CONCEPTS ? 1 : 2;
        most += part[i].analyzer == OF_CHARS ? 2ull * codes * (part[i].reach - 1)
                                             : (u64)words * (part[i].reach + 1) * passes;
    }
    if (most > 1 << 26)
        __builtin_trap();
    return most;
}

u32 most_columns(u32 codes) {
    const struct part *part = kernel.parts.start;
    u32 most_yet = 0;
    for (u32 i = 0; i < kernel.parts.count / 3; i++) {
        u32 here = most(part + i, 1, codes, codes);
        most_yet = here > most_yet ? here : most_yet;
    }
    words = room(codes * sizeof *words);
    return most_yet;
}

static u32 most_of_a_text(const struct part *part, u32 parts) {
    const u32 *length = kernel.lengths.start, *word = kernel.word_border.start;
    u32 most_yet = 0;
    for (u32 text = 0; text < kernel.lengths.count; text++) {
        u32 here = most(part, parts, length[text], word[text + 1] - word[text]);
        most_yet = here > most_yet ? here : most_yet;
    }
    return most_yet;
}

// Radix sort from the lower bits to the upper; returns which of the two has them in order.
static u32 *sorted(u32 *these, u32 *others, u32 count, u32 bits) {
    enum { DIGIT = 10, DIGITS = 1 << DIGIT };
    for (u32 shift = 0; shift < bits; shift += DIGIT) {
        u32 starts[DIGITS + 1] = {0};
        for (u32 i = 0; i < count; i++)
            starts[(these[i] >> shift) % DIGITS + 1]++;
        for (u32 i = 1; i < DIGITS; i++)
            starts[i] += starts[i - 1];
        for (u32 i = 0; i < count; i++)
            others[starts[(these[i] >> shift) % DIGITS]++] = these[i];
        u32 *swap = these;
        these = others;
        others = swap;
    }
    return these;
}

static u32 bits_of(u32 number) { return number ? 32 - __builtin_clz(number) : 0; }

// The n-grams that each text has, counted: `column` in order, how `often`, and for each text and
// part the `border` where they begin, with the end of all behind the last.
EXPORTED(count) void count(void) {
    const struct part *part = kernel.parts.start;
    u32 parts = kernel.parts.count / 3, texts = kernel.lengths.count;
    u32 of_all = 4 * most(part, parts, kernel.code.count, kernel.word_hash.count);
    u32 of_one = 4 * most_of_a_text(part, parts);
    words = room(kernel.word_hash.count * sizeof *words);
    u32 *these = room(of_one), *others = room(of_one), *borders = room(4 * (texts * parts + 1));
    u32 *found = room(of_all);
    float *often = room(of_all);
    u32 all = 0, row = 0;
    first = second = 0;
    for (u32 text = 0; text < texts; text++) {
        column = these;
        border = 0;
        for (u32 i = 0; i < parts; border += 1u << part[i++].bits)
            put_text(text, part[i]);
        u32 count = column - these, at = 0, end = 0;
        const u32 *ordered = sorted(these, others, count, bits_of(border - 1));
        for (u32 i = 0; i < parts; i++) {
            end += 1u << part[i].bits;
            borders[row++] = all;
            while (at < count && ordered[at] < end) {
                u32 same = at;
                while (at < count && ordered[at] == ordered[same])
                    at++;
                found[all] = ordered[same];
                often[all++] = at - same;
            }
        }
    }
    borders[row] = all;
    kernel.column = (struct array){found, all};
    kernel.often = (struct array){often, all};
    kernel.border = (struct array){borders, row + 1};
}

// All n-grams of the first part, one by one: of words with the numbers of their `first` and their
// `second` word, of characters with the codes where they start and end.
EXPORTED(list) void list(void) {
    const struct part *part = kernel.parts.start;
    u32 bytes = 4 * most(part, 1, kernel.code.count, kernel.word_hash.count);
    words = room(kernel.word_hash.count * sizeof *words);
    u32 *columns = column = room(bytes), *firsts = first = room(bytes);
    u32 *seconds = second = room(bytes);
    border = 0;
    for (u32 text = 0; text < kernel.lengths.count; text++)
        put_text(text, *part);
    u32 count = column - columns;
    kernel.column = (struct array){columns, count};
    kernel.first = (struct array){firsts, first - firsts};
    kernel.second = (struct array){seconds, second - seconds};
}
