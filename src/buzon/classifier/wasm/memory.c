// Memory that grows, and numbers for hashes.

#include "kernel.h"

enum { PAGE = 1 << 16 };

extern u8 __heap_base;
static u32 kept, taken;

void take_back(void) { taken = kept ? kept : ((u32)&__heap_base + 15) & ~15u; }

void keep(void) { kept = taken; }

void forget(void) {
    kept = 0;
    take_back();
}

void *room(u32 bytes) {
    void *start = (void *)taken;
    u32 pages = __builtin_wasm_memory_size(0);
    taken += (bytes + 15) & ~15u;
    u32 needed = (taken + PAGE - 1) / PAGE;
    if (needed > pages && __builtin_wasm_memory_grow(0, needed - pages) == (unsigned long)-1)
        __builtin_trap();
    return start;
}

static u64 hashes[CHARS];
static u32 numbers[CHARS];  // plus one; 0 is an open place
static u32 mask;

void begin_numbers(u32 most) {
    u32 size = 2;
    while (size < 2 * most)
        size *= 2;
    mask = size - 1;
    for (u32 i = 0; i < size; i++)
        numbers[i] = 0;
}

u32 number_of(u64 hash, u32 next) {
    // A word's hash begins with its first code; the upper bits have all of it.
    u32 at = (u32)(hash * 0x9FB21C651E98DF25ull >> 40) & mask;
    while (numbers[at] && hashes[at] != hash)
        at = (at + 1) & mask;
    if (!numbers[at]) {
        hashes[at] = hash;
        numbers[at] = next + 1;
    }
    return numbers[at] - 1;
}
