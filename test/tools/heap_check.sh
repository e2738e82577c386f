#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# heap_check.sh NM --program PROGRAM | NM --objects OBJECT...: holds that there is no heap.
#
# --program: a static program has no function of a heap in it, nor anything of one's inside. It must
# not be stripped.
# --objects: these objects ask nobody for such a function, nor for one that allocates on its own.
# Those that resolve names by getaddrinfo(), resolver_getaddrinfo.o, may ask for that.
set -eu

nm=$1
what=$2
shift 2

# What gives out memory, and takes it back. libc_ and the like: its names inside of libraries.
heap='(__libc_|__)?(malloc|calloc|realloc|free|cfree|reallocarray|memalign|aligned_alloc|posix_memalign'
heap="$heap"'|valloc|pvalloc|strdup|strndup|sbrk|brk)|__malloc_.*|__libc_malloc_impl|_Zn[aw].*|_Zd[al].*'

# What allocates in one libc or another when it is called: streams and what they print, folders, the
# environment, names of hosts and users, time zones, sorting, threads, processes made by lists.
calls='v?asprintf|getline|getdelim|fopen|fdopen|freopen|fopen64|popen|tmpfile|fmemopen|open_memstream'
calls="$calls"'|v?(f|d|s|sn)?printf|v?(f|s)?scanf|puts|fputs|fputc|putchar|fwrite|fread|fgets|perror|setvbuf'
calls="$calls"'|(fd)?opendir|scandir|glob|wordexp|ftw|nftw|realpath|getcwd|getopt_long|regcomp'
calls="$calls"'|setenv|unsetenv|putenv|clearenv|setlocale|newlocale|iconv_open|dlopen|syslog|openlog'
calls="$calls"'|getaddrinfo|freeaddrinfo|getnameinfo|gethostby(name|addr).*|getservby.*|getpw.*|getgr.*'
calls="$calls"'|localtime(_r)?|gmtime(_r)?|mktime|timegm|tzset|strftime|strptime|ctime(_r)?|asctime(_r)?'
calls="$calls"'|strerror(_r|_l)?|strsignal|qsort(_r)?|tsearch|hcreate|hsearch|atexit|pthread_create'
calls="$calls"'|posix_spawn.*|system|backtrace_symbols'

complain() {
    echo "heap_check: $*" >&2
    exit 1
}

case $what in
--program)
    names=$($nm "$1" | awk '{ print $NF }' | sort -u)
    echo "$names" | grep -qx main || complain "$1 shows no main: it is stripped, or no program"
    # The compiler's own name for a function it has cut in two: free.part.0
    found=$(echo "$names" | sed 's/@.*//; s/\.[a-z]*\.[0-9]*$//' | grep -Ex "$heap" | tr '\n' ' ') || :
    [ -z "$found" ] || complain "$1 has a heap: $found"
    echo "no heap in $1, among $(echo "$names" | wc -l) names"
    ;;
--objects)
    count=0
    bad=0
    for object; do
        [ -e "$object" ] || complain "there is no $object"
        allowed='-'
        case ${object##*/} in resolver_getaddrinfo.o) allowed='getaddrinfo|freeaddrinfo' ;; esac
        asked=$($nm -u "$object" | awk '{ print $NF }' | sed 's/@.*//; s/^__isoc[0-9]*_//; s/^__\(.*\)_chk$/\1/')
        found=$(echo "$asked" | grep -Ex "$heap|$calls" | grep -Exv "$allowed" | tr '\n' ' ') || :
        if [ -n "$found" ]; then
            echo "heap_check: $object asks for $found" >&2
            bad=1
        fi
        count=$((count + $(echo "$asked" | wc -l)))
    done
    [ $bad -eq 0 ] || exit 1
    [ "$count" -gt $# ] || complain "$nm finds next to nothing in $# objects"
    echo "no heap: $# objects, none of the $count names they ask for is one of it"
    ;;
*) complain "either --program or --objects" ;;
esac
