/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - main() in place of libFuzzer's: runs one of the programs of this folder on each file
 * that is named, so that what was found once is tested by any compiler.
 *
 *   fuzz_NAME FILE...
 */
#include <stdio.h>

#include "fuzz.h"

#define MOST ((size_t)1 << 16)

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        unsigned char *data = malloc(MOST);
        unsigned char *exact;
        size_t size;

        if (file == NULL || data == NULL) {
            perror(argv[i]);
            return 1;
        }
        size = fread(data, 1, MOST, file);
        (void)fclose(file);
        exact = malloc(size > 0 ? size : 1); /* ends where the input ends */
        require(exact != NULL);
        memcpy(exact, data, size);
        free(data);
        printf("%s\n", argv[i]); /* the last line where it ends before its time */
        (void)fflush(stdout);
        (void)LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    return 0;
}
