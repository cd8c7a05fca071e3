// Codes as words: a hash each, what it means, and whether it opens or closes the mail.

#include "kernel.h"

// A mail's wish stands in its first or its last sentences more often than between them.
enum { EDGE = 2 };          // sentences
enum { FEWEST_WORDS = 4 };  // a shorter sentence is a greeting, a name, an "it is urgent"

// The word that starts here; returns where it ends.
static u32 add_word(u32 start) {
    u32 word = kernel.word_hash.count++, end = start;
    u64 hash = 0, power = 1, meaning = 0, found;
    u8 kind = kinds[code[start]];
    do {
        hash += code[end++] * power;
        power *= BASE;
        if ((found = stem_meaning(hash, end - start)))
            meaning = found;  // from short to long: the longest stays
    } while (kind == IN_WORD && kinds[code[end]] == IN_WORD);
    if ((found = whole_meaning(hash)))
        meaning = found;
    word_start[word] = start;
    word_end[word] = end;
    word_hash[word] = hash;
    word_meaning[word] = meaning;
    return end;
}

static int ends_sentence(u32 at) {
    int mark = code[at] == '.' || code[at] == '?' || code[at] == '!';
    return line_end[at] || (mark && code[at + 1] == SPACE);
}

// A sentence counts where it is long enough and beyond the first line; all do where none would.
static u32 count_sentences(u8 *counts, const u32 *words, u32 sentences) {
    u32 all = 0;
    for (u32 i = 0; i < sentences; i++)
        all += counts[i] &= words[i] >= FEWEST_WORDS;
    if (all)
        return all;
    for (u32 i = 0; i < sentences; i++)
        counts[i] = 1;
    return sentences;
}

void find_words(u32 from, u32 to) {
    static u32 sentence[CHARS], words[CHARS];
    static u8 counts[CHARS], edge[CHARS];
    u32 first = kernel.word_hash.count, sentences = 0;
    int ended = 1, in_body = 0;
    for (u32 at = from; at < to;) {
        if (kinds[code[at]] == NO_WORD) {
            ended |= ends_sentence(at);
            in_body |= line_end[at++];
            continue;
        }
        if (ended) {
            counts[sentences] = in_body;
            words[sentences++] = 0;
        }
        words[sentences - 1]++;
        sentence[kernel.word_hash.count] = sentences - 1;
        at = add_word(at);
        ended = ends_sentence(at - 1);
    }
    u32 all = count_sentences(counts, words, sentences);
    for (u32 i = 0, before = 0; i < sentences; before += counts[i++])
        edge[i] = !counts[i] ? 0 : (before < EDGE) * OPENING | (all - before <= EDGE) * CLOSING;
    for (u32 word = first; word < kernel.word_hash.count; word++)
        word_edge[word] = edge[sentence[word]];
}

static u32 first_spelling;  // of the text

void begin_runs(u32 codes) {
    first_spelling = kernel.spelling_hash.count;
    begin_numbers(codes / 2);
}

void add_run(u32 start, u32 end, u64 hash) {
    u32 run = kernel.run_start.count++, next = kernel.spelling_hash.count;
    u32 spelling = first_spelling + number_of(hash, next - first_spelling);
    run_start[run] = start;
    run_end[run] = end;
    run_spelling[run] = spelling;
    if (spelling < next)
        return;
    spelling_hash[next] = hash;
    spelling_run[next] = run;
    kernel.spelling_hash.count++;
}
