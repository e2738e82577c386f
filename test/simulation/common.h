/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.h - what the simulation tests share: cmocka, what they expect of a log, and the ways of
 * making everything go wrong that are the same for each kind of world.
 */
#ifndef SYMFEED_TEST_COMMON_H
#define SYMFEED_TEST_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "memory_agent.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* As in test/unit/helpers.h: every TEST_STRIDE-th of many cases. */
#ifndef TEST_STRIDE
#define TEST_STRIDE 1
#endif

/* Was it handed out once; where no repeat is held back, once or more? */
#define ONCE(times) ((times) == 1 || (SYMFEED_DEDUP == 0 && (times) > 1))

extern char what[256]; /* which case, for the message of a failure; may be empty */

/* The requests from this one on, a letter each. */
const char *calls_from(const struct world *world, size_t first);

/* Each passes in a build that has not all lines of its kind. */
void expect_log(const struct world *world, const char *text);
void expect_errors(const struct world *world, unsigned low, unsigned high);

/* For world->refuses: an application that takes no event. */
bool refuses_each(struct world *world, int number, const struct symfeed_event *event);

/* In the middle of its work a client gets this answer to a read, as often as it says; then so many
 * more requests come. Answers the number of the first of them. */
size_t after_read(struct world *world, struct reply reply, size_t more);

/* What a build without a task says to it. */
void expect_bad_task(enum symfeed_task task);

/* Makes a world that is not started yet: one of several kinds, with pieces of this size; 0: any. */
typedef struct world *(*world_maker)(size_t number, uint32_t pieces);

/* Starts it: its events come once, and it goes on when the fault is over and its tokens are no
 * longer good. Frees the world. */
void works(struct world *world);

/* Answers to any call, good ones and bad ones, of test_sequences.c among others. The first is what
 * the Agent says by itself; the fourth, to a read: it does not know the feed. */
#define ANSWERS             14
#define ANSWER_FEED_IS_GONE 3
extern const char *const answer_names[ANSWERS];
struct reply any_answer(const struct world *world, unsigned number, enum call_kind call);

/* These for each of the first `count` kinds. */
void each_port_call_fails(world_maker make, size_t count, uint32_t pieces);
void each_exchange_is_split(world_maker make, size_t count);
void each_step_may_be_the_last(world_maker make, size_t count, uint32_t pieces);

#endif
