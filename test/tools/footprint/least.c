/* SPDX-License-Identifier: Apache-2.0 */
/* least.c - follows a feed and, where there are values, reads the id of each event: what it links
 * is the least that a client needs of the core. It is linked and never run. What a compiler calls
 * on its own is empty here, for a linker may refuse calls of what is not there. */
#include "symfeed.h"

void start(void);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *one, const void *other, size_t size);

void *memcpy(void *to, const void *from, size_t size)
{
    (void)from;
    (void)size;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    (void)from;
    (void)size;
    return to;
}

void *memset(void *to, int value, size_t size)
{
    (void)value;
    (void)size;
    return to;
}

int memcmp(const void *one, const void *other, size_t size)
{
    (void)one;
    (void)other;
    (void)size;
    return 0;
}

static const struct symfeed_config config = {
    .agent = "https://agent.example.com", .window = 4096, .json_tokens = 128};
static const struct symfeed_port port;
static unsigned char memory[SYMFEED_MEMORY(4096, 128)];

void start(void)
{
    struct symfeed *feed;
    struct symfeed_event event;
#if SYMFEED_JSON
    char id[64];
#endif

    if (symfeed_init(&feed, &config, &port, memory, sizeof memory) == SYMFEED_OK) {
        while (symfeed_next(feed, &event) != SYMFEED_STOPPED) {
#if SYMFEED_JSON
            symfeed_string(symfeed_event_find(&event, "id"), id, sizeof id);
#endif
        }
    }
}
