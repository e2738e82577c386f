/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor.c - the least that reading costs: requests and answers through Mbed TLS, whose bytes nobody
 * looks at.
 *
 *     floor PORT CA-FILE TOKEN-FILE READS
 *
 * Depends on: Mbed TLS 2.28 or 3.6, configured in any way. Guarantees: the answers arrive whole, by
 *   their Content-Length, on one connection. Where Mbed TLS reads no files, the server is not
 *   verified.
 */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#ifdef MBEDTLS_MEMORY_BUFFER_ALLOC_C
#include "system/failure.h"
#include "tls/arena.h"
#endif

struct connection {
    int socket;
    mbedtls_ssl_context tls;
    mbedtls_ssl_config config;
    mbedtls_x509_crt authorities;
};

static void die(const char *why)
{
    (void)fprintf(stderr, "floor: %s\n", why);
    exit(1);
}

static void check(int result, const char *call)
{
    if (result != 0) {
        die(call);
    }
}

/* An Mbed TLS that was built here has no heap. */
static void give_memory(void)
{
#ifdef MBEDTLS_MEMORY_BUFFER_ALLOC_C
    static unsigned char memory[65536];
    struct symfeed_failure failure;

    check(symfeed_arena_start(memory, sizeof memory, &failure), "memory");
#endif
}

static int random_bytes(void *context, unsigned char *out, size_t size)
{
    (void)context;
    return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}

static int socket_send(void *context, const unsigned char *data, size_t size)
{
    const struct connection *to = context;

    return (int)send(to->socket, data, size, MSG_NOSIGNAL);
}

static int socket_recv(void *context, unsigned char *data, size_t size)
{
    const struct connection *to = context;

    return (int)recv(to->socket, data, size, 0);
}

static int connect_socket(struct connection *to, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to->socket = socket(AF_INET, SOCK_STREAM, 0);
    return connect(to->socket, (const struct sockaddr *)&address, sizeof address);
}

static void connect_to(struct connection *to, const char *port, const char *ca_file)
{
    give_memory();
    mbedtls_ssl_init(&to->tls);
    mbedtls_ssl_config_init(&to->config);
    mbedtls_x509_crt_init(&to->authorities);
    check(mbedtls_ssl_config_defaults(&to->config, MBEDTLS_SSL_IS_CLIENT,
                                      MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
          "defaults");
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
    mbedtls_ssl_conf_max_tls_version(&to->config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_max_version(&to->config, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3); /* TLS 1.2 */
#endif
#ifdef MBEDTLS_FS_IO
    check(mbedtls_x509_crt_parse_file(&to->authorities, ca_file), ca_file);
#else
    (void)ca_file;
    mbedtls_ssl_conf_authmode(&to->config, MBEDTLS_SSL_VERIFY_NONE);
#endif
    mbedtls_ssl_conf_rng(&to->config, random_bytes, NULL);
    mbedtls_ssl_conf_ca_chain(&to->config, &to->authorities, NULL);
    check(mbedtls_ssl_setup(&to->tls, &to->config), "setup");
    check(mbedtls_ssl_set_hostname(&to->tls, "localhost"), "host name");
    check(connect_socket(to, port), "connect");
    mbedtls_ssl_set_bio(&to->tls, to, socket_send, socket_recv, NULL);
    check(mbedtls_ssl_handshake(&to->tls), "handshake");
}

/* Sends a request, and reads its answer to the end. */
static void call(struct connection *to, const char *request)
{
    static char buffer[16385];
    size_t left = strlen(request);
    const char *body = NULL;
    const char *length = NULL;

    while (left > 0) {
        int sent = mbedtls_ssl_write(&to->tls, (const unsigned char *)request, left);

        if (sent <= 0) {
            die("write");
        }
        request += sent;
        left -= (size_t)sent;
    }
    do {
        int got = mbedtls_ssl_read(&to->tls, (unsigned char *)buffer, sizeof buffer - 1);

        if (got <= 0) {
            die("read");
        }
        if (length != NULL) {
            left -= (size_t)got;
            continue;
        }
        /* The server sends the headers and the beginning of the body in one record. */
        buffer[got] = '\0';
        body = strstr(buffer, "\r\n\r\n");
        length = strstr(buffer, "Content-Length: ");
        if (body == NULL || length == NULL || strncmp(buffer, "HTTP/1.1 20", 11) != 0) {
            die("no such answer");
        }
        left = (size_t)strtoul(length + strlen("Content-Length: "), NULL, 10) -
               (size_t)(buffer + got - (body + 4));
    } while (left > 0);
}

static void request(struct connection *to, const char *line, const char *token, const char *body)
{
    static char text[4096];

    (void)snprintf(text, sizeof text,
                   "%s HTTP/1.1\r\nHost: localhost\r\nsessionToken: %s\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                   line, token, strlen(body), body);
    call(to, text);
}

int main(int argc, char **argv)
{
    static struct connection to;
    char token[2048] = "";
    FILE *file = argc == 5 ? fopen(argv[3], "r") : NULL;

    if (file == NULL || fgets(token, sizeof token, file) == NULL) {
        die("usage: floor PORT CA-FILE TOKEN-FILE READS");
    }
    (void)fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    connect_to(&to, argv[1], argv[2]);
    request(&to, "GET /agent/v5/datafeeds?tag=compare", token, "");
    request(&to, "POST /agent/v5/datafeeds", token, "{\"tag\":\"compare\"}");
    for (long left = strtol(argv[4], NULL, 10); left > 0; left--) {
        request(&to, "POST /agent/v5/datafeeds/feed/read", token, "{\"ackId\":\"\"}");
    }
    (void)mbedtls_ssl_close_notify(&to.tls);
    (void)close(to.socket);
    return 0;
}
