/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_config.h - the settings that are fixed when this program is built: set by Kconfig or by
 * -D, with the defaults below, as symfeed_config.h for the library.
 */
#ifndef SYMFEED_CLIENT_CONFIG_H
#define SYMFEED_CLIENT_CONFIG_H

#ifdef SYMFEED_CONFIG_FILE
#include SYMFEED_CONFIG_FILE
#endif

/* Event window in bytes, where --window does not say otherwise. */
#ifndef SYMFEED_CLIENT_WINDOW
#define SYMFEED_CLIENT_WINDOW 16384
#endif

/* Entries of the token table, where --tokens does not say otherwise. */
#ifndef SYMFEED_CLIENT_TOKENS
#define SYMFEED_CLIENT_TOKENS 512
#endif

/* Whether --help describes commands and options; else it names the man page, which does. */
#ifndef SYMFEED_CLIENT_HELP
#define SYMFEED_CLIENT_HELP 1
#endif

/* What symfeed_init() asks for, and what the options may say. */
#if SYMFEED_CLIENT_WINDOW < 1024 || SYMFEED_CLIENT_WINDOW > 1073741824
#error "symfeed: SYMFEED_CLIENT_WINDOW must be 1024 to 1073741824"
#endif
#if SYMFEED_CLIENT_TOKENS < 32 || SYMFEED_CLIENT_TOKENS > 16777216
#error "symfeed: SYMFEED_CLIENT_TOKENS must be 32 to 16777216"
#endif

#endif
