/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts_lines.c - any word in its place of hosts(5) and resolv.conf(5): a name, a domain, an option
 * with a number. Up to 6 bytes.
 *
 * Of: port/net/hosts.c
 * Bounds: --unwind 8
 * Mutant: port/net/hosts.c
 *     if (size > 0 && size + 2 <= sizeof conf->domains - *used) {
 *     if (size > 0 && size + 1 <= sizeof conf->domains - *used) {
 */
#include "port/net/hosts.c"

#include "proof.h"

static struct symfeed_resolv_conf conf;

void prove(void)
{
    ANY_STRING(word, 6);
    ANY_STRING(name, 3);
    size_t used = sizeof conf.domains - 1 - any_up_to(7); /* before that there is room */
    uint8_t value = 1;

    add_domain(&conf, &used, word);
    claim(used < sizeof conf.domains, "a byte stays behind the last domain");
    read_number_option(word, "n:", 1, 30, &value);
    claim(value >= 1 && value <= 30, "the number is in its limits");
    (void)is_same(word, name);
}
