// Texts as codes: folded characters, and one code for each number, address or link.

#include "kernel.h"

// The runs where the reading of one character hangs on its neighbours, or where one isn't read.
static int is_special(u16 found) {
    return (u16)(found - ',') <= NUMBER - ',' | found == '@' | found == DROPPED;
}

// Whether a mark in a run makes it a link or an address; 0 where none does.
static u16 name_of(const u16 *run, u32 size) {
    u16 name = 0;
    for (u32 i = 0; i < size; i++) {
        if (run[i] == '@')
            name = ADDRESS;
        else if (run[i] == '/' && i > 1 && run[i - 1] == '/' && run[i - 2] == ':')
            return LINK;
        else if (run[i] == '.' && i > 2 && run[i - 1] == 'w' && run[i - 2] == 'w' && run[i - 3] == 'w')
            return LINK;
    }
    return name;
}

// "1.250,00" is one number.
static int in_number(const u16 *run, u32 i, u32 size) {
    if (run[i] != '.' && run[i] != ',')
        return run[i] == NUMBER;
    return i && i + 1 < size && run[i - 1] == NUMBER && run[i + 1] == NUMBER;
}

// Puts what is read of a run in its place, and returns where that ends.
static u32 shorten(u32 start, u32 end) {
    static u16 run[CHARS];
    u32 size = end - start, at = start, point = place[start];
    int before = 0;
    for (u32 i = 0; i < size; i++)
        run[i] = code[start + i];
    if ((code[start] = name_of(run, size)))
        return start + 1;
    for (u32 i = 0; i < size; i++) {
        int now = in_number(run, i, size);
        if (run[i] != DROPPED && !(before && now)) {
            code[at] = run[i];
            place[at++] = point + i;
        }
        before = now;
    }
    return at;
}

static u64 hash_of(u32 start, u32 end) {
    u64 hash = 0, power = 1;
    for (u32 i = start; i < end; i++, power *= BASE)
        hash += code[i] * power;
    return hash;
}

void encode(u32 from, u32 to) {
    u32 at = kernel.code.count, start = at;
    u64 hash = 0, power = 1;  // of the run
    int special = 0;
    begin_runs(to - from);
    for (u32 i = from; i < to; i++) {
        u16 found = folded[points[i] < BEYOND ? points[i] : BEYOND];
        if (found == SPACE) {
            if (special) {
                at = shorten(start, at);
                hash = hash_of(start, at);
            }
            if (at > start)
                add_run(start, at, hash);
            start = at + 1;
            hash = special = 0;
            power = 1;
        } else {
            special |= is_special(found);
            hash += found * power;
            power *= BASE;
        }
        code[at] = found;
        place[at] = i;
        line_end[at++] = points[i] == '\n';
    }
    kernel.code.count = at;
}
