/* SPDX-License-Identifier: Apache-2.0 */
/* message.c - see message.h. */
#include "message.h"

#include <stdarg.h>

#include "symfeed_posix.h"

/* Longest message: the names of two files, and what is wrong with them. Longer ones are cut. */
#define MESSAGE_SIZE 2048

void message(const char *format, ...)
{
    char line[MESSAGE_SIZE];
    size_t used = symfeed_format(line, sizeof line, "alarm: ");
    va_list arguments;

    va_start(arguments, format);
    used += symfeed_format_list(line + used, sizeof line - 1 - used, format, arguments);
    va_end(arguments);
    line[used++] = '\n';
    symfeed_log_write(message_log(), line, used);
}

struct symfeed_log *message_log(void)
{
    static struct symfeed_log lines;

    return &lines;
}
