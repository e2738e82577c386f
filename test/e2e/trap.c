/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.c - preloaded into the program: ends it at the first call of the heap that comes out of its
 * own code, which is core, port and client. Libraries may call it, as mbedTLS does.
 *
 * SYMFEED_TRAP names a file: what happened goes there. "N calls" at the end, so that a test can
 * tell that the trap was set; "malloc from OFFSET" where it has closed. Commands that the program
 * runs are left alone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own names. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);
extern void *__libc_memalign(size_t alignment, size_t size);

/* The program's segments that hold code. */
#define SEGMENTS 4
static struct {
    uintptr_t start;
    uintptr_t end;
} segments[SEGMENTS];
static size_t segment_count;
static uintptr_t base;

static char file[4096];
static unsigned long calls;

static void report(const char *format, ...)
{
    char line[128];
    va_list arguments;
    int descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int size;

    va_start(arguments, format);
    size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (descriptor < 0 || size < 0 || write(descriptor, line, (size_t)size) != size) {
        _exit(99);
    }
    close(descriptor);
}

static void look(const char *name, const void *caller)
{
    const uintptr_t address = (uintptr_t)caller;
    size_t i;

    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    for (i = 0; i < segment_count; i++) {
        if (address >= segments[i].start && address < segments[i].end) {
            segment_count = 0;
            report("%s from %lx\n", name, (unsigned long)(address - base));
            _exit(98);
        }
    }
}

/* The first object is the program. */
static int note(struct dl_phdr_info *object, size_t size, void *context)
{
    size_t i;

    (void)size;
    (void)context;
    base = object->dlpi_addr;
    for (i = 0; i < object->dlpi_phnum && segment_count < SEGMENTS; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];

        if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0) {
            segments[segment_count].start = base + header->p_vaddr;
            segments[segment_count].end = base + header->p_vaddr + header->p_memsz;
            segment_count++;
        }
    }
    return 1;
}

static __attribute__((constructor)) void set(void)
{
    const char *name = getenv("SYMFEED_TRAP");

    if (name != NULL && strlen(name) < sizeof file) {
        strcpy(file, name);
        unsetenv("LD_PRELOAD");
        dl_iterate_phdr(note, NULL);
    }
}

static __attribute__((destructor)) void tell(void)
{
    if (file[0] != '\0') {
        report("%lu calls\n", calls);
    }
}

/* --- what is called in the place of the library's ----------------------------------------- */

#define LOOK(name) look(name, __builtin_return_address(0))

void *malloc(size_t size)
{
    LOOK("malloc");
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    LOOK("calloc");
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    LOOK("realloc");
    return __libc_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
    LOOK("reallocarray");
    return size != 0 && count > SIZE_MAX / size ? NULL : __libc_realloc(memory, count * size);
}

void free(void *memory)
{
    LOOK("free");
    __libc_free(memory);
}

void *memalign(size_t alignment, size_t size)
{
    LOOK("memalign");
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    LOOK("aligned_alloc");
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    LOOK("posix_memalign");
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? 12 : 0; /* ENOMEM */
}

char *strdup(const char *text)
{
    char *copy = __libc_malloc(strlen(text) + 1);

    LOOK("strdup");
    return copy == NULL ? NULL : strcpy(copy, text);
}
