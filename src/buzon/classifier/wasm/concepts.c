// What words mean: whole words and stems in one table of hashes.

#include "kernel.h"

enum { PLACES = 1 << 15, LONGEST_STEM = 63 };

static u64 hashes[PLACES], meanings[PLACES];
static u64 sizes;             // a bit for each length that a stem has
static u32 filter[1 << 11];   // a bit for the upper 16 of each hash: most words mean nothing

static u32 place_of(u64 hash) {
    u32 at = hash >> 49;
    while (hashes[at] && hashes[at] != hash)
        at = (at + 1) % PLACES;
    return at;
}

static u64 look_up(u64 hash) {
    u32 upper = hash >> 48;
    return filter[upper / 32] >> upper % 32 & 1 ? meanings[place_of(hash)] : 0;
}

// Multiplied by an odd number of its length, a stem isn't taken for a whole word.
static u64 of_stem(u64 hash, u32 size) { return hash * (size * 0xD6E8FEB86659FD92ull + 3); }

u64 stem_meaning(u64 hash, u32 size) {
    return size <= LONGEST_STEM && sizes >> size & 1 ? look_up(of_stem(hash, size)) : 0;
}

u64 whole_meaning(u64 hash) { return look_up(hash); }

// The words of the chunk mean what they are named from now on, and where they are stems, so does
// every word that begins so.
EXPORTED(learn) void learn(void) {
    for (u32 word = 0; word < kernel.word_hash.count; word++) {
        u32 size = word_end[word] - word_start[word];
        u64 hash = stems[word] ? of_stem(word_hash[word], size) : word_hash[word];
        if (stems[word])
            sizes |= 1ull << size;
        u32 at = place_of(hash), upper = hash >> 48;
        hashes[at] = hash;
        meanings[at] = names[word];
        filter[upper / 32] |= 1u << upper % 32;
    }
}
