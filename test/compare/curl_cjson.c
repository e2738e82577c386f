/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl_cjson.c - follows a feed with libcurl and cJSON, as their documentation and the agent's have
 * it: one easy handle, which keeps its connection, an answer collected in memory as in
 * getinmemory.c, and parsed whole. A 400 means that the feed is gone, a 401 that the token is old;
 * after anything else that is no batch it waits and tries again.
 *
 *     curl_cjson PORT CA-FILE TOKEN-FILE [print]
 *
 * Counts the events by type until a batch is empty, and prints how many there were. With `print` it
 * prints the id of each event, and goes on for ever.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

struct answer {
    char *text;
    size_t size;
};

static const char *const names[] = {
    "MESSAGESENT",
    "SYMPHONYELEMENTSACTION",
    "USERJOINEDROOM",
    "USERLEFTROOM",
    "SHAREDPOST",
    "INSTANTMESSAGECREATED",
    "ROOMCREATED",
    "ROOMUPDATED",
    "ROOMDEACTIVATED",
    "ROOMREACTIVATED",
    "ROOMMEMBERPROMOTEDTOOWNER",
    "ROOMMEMBERDEMOTEDFROMOWNER",
    "CONNECTIONREQUESTED",
    "CONNECTIONACCEPTED",
    "MESSAGESUPPRESSED",
    "USERREQUESTEDTOJOINROOM",
    "GENERICSYSTEMEVENT",
};
#define NAMES (sizeof names / sizeof names[0])

static CURL *curl;
static struct curl_slist *headers;
static const char *token_file;
static char base[64];
static char feed[200];
static char ack_id[128];
static bool print;
static long wait_ms; /* before the next try; 0: at once */
static unsigned long events, counts[NAMES];

static void die(const char *why)
{
    (void)fprintf(stderr, "curl_cjson: %s\n", why);
    exit(1);
}

static size_t append(void *data, size_t size, size_t count, void *context)
{
    struct answer *answer = context;
    char *text = realloc(answer->text, answer->size + size * count + 1);

    if (text == NULL) {
        return 0; /* which fails the transfer */
    }
    answer->text = text;
    memcpy(text + answer->size, data, size * count);
    answer->size += size * count;
    text[answer->size] = '\0';
    return size * count;
}

/* Reads the session token, and has it in the headers from now on. */
static void read_token(void)
{
    char token[2048] = "sessionToken: ";
    FILE *file = fopen(token_file, "r");

    if (file == NULL || fgets(token + strlen(token), 2000, file) == NULL) {
        die("no token");
    }
    (void)fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    curl_slist_free_all(headers);
    headers = curl_slist_append(NULL, token);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    if (headers == NULL) {
        die("no memory");
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
}

/* Makes a call, POST where there is a body. Returns its JSON, which the caller frees; NULL where
 * there is none. *status is 0 without an answer. */
static cJSON *call(const char *path, const char *body, long *status)
{
    struct answer answer = {NULL, 0};
    char url[256];
    cJSON *json = NULL;
    CURLcode code = CURLE_OK;
    curl_off_t retry_after = 0;

    (void)snprintf(url, sizeof url, "%s%s", base, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (body == NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, (void *)&answer);
    code = curl_easy_perform(curl);
    *status = 0;
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
        json = answer.text == NULL ? NULL : cJSON_ParseWithLength(answer.text, answer.size);
    } else {
        (void)fprintf(stderr, "curl_cjson: %s\n", curl_easy_strerror(code));
    }
    free(answer.text);
    if (retry_after > 0) {
        wait_ms = (long)retry_after * 1000;
    }
    return json;
}

static void look_at(const cJSON *event)
{
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "type"));
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "id"));

    events++;
    if (print) {
        (void)printf("%s\n", id == NULL ? "" : id);
        (void)fflush(stdout);
    }
    for (size_t i = 0; type != NULL && i < NAMES; i++) {
        if (strcmp(type, names[i]) == 0) {
            counts[i]++;
            return;
        }
    }
}

/* Takes the feed with the tag, or makes one. Returns whether there is one now. */
static bool find_feed(void)
{
    long status = 0;
    cJSON *list = call("/v5/datafeeds?tag=compare", NULL, &status);
    const char *id = NULL;

    if (status != 200) {
        cJSON_Delete(list);
        return false;
    }
    id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(list, 0), "id"));
    if (id == NULL) {
        cJSON_Delete(list);
        list = call("/v5/datafeeds", "{\"tag\":\"compare\"}", &status);
        id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(list, "id"));
    }
    (void)snprintf(feed, sizeof feed, "%s", id == NULL ? "" : id);
    ack_id[0] = '\0';
    cJSON_Delete(list);
    return id != NULL;
}

/* Reads a batch and acknowledges the one before. Returns its events, -1 where there is no batch. */
static int read_batch(void)
{
    char path[250];
    char body[256];
    long status = 0;
    cJSON *answer = NULL;
    const cJSON *list = NULL;
    const cJSON *event = NULL;
    const char *next = NULL;
    int count = -1;

    (void)snprintf(path, sizeof path, "/v5/datafeeds/%s/read", feed);
    (void)snprintf(body, sizeof body, "{\"ackId\":\"%s\"}", ack_id);
    answer = call(path, body, &status);
    list = cJSON_GetObjectItemCaseSensitive(answer, "events");
    if (status == 200 && cJSON_IsArray(list)) {
        cJSON_ArrayForEach(event, list)
        {
            look_at(event);
        }
        count = list->child == NULL ? 0 : 1;
        next = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "ackId"));
        (void)snprintf(ack_id, sizeof ack_id, "%s", next == NULL ? "" : next);
    } else if (status == 400) {
        feed[0] = '\0';
    } else if (status == 401) {
        read_token();
    }
    cJSON_Delete(answer);
    return count;
}

/* Waits after a failure: half a second, twice as long each time up to 30 s, or as the server says.
 */
static void pause_for(long *step)
{
    long wait = wait_ms > 0 ? wait_ms : *step;
    struct timespec time = {wait / 1000, wait % 1000 * 1000000};

    (void)nanosleep(&time, NULL);
    *step = *step < 15000 ? 2 * *step : 30000;
    wait_ms = 0;
}

static void follow(void)
{
    long step = 500;

    for (;;) {
        int count = feed[0] == '\0' && !find_feed() ? -1 : read_batch();

        if (count == 0 && !print) {
            return;
        }
        if (count < 0) {
            pause_for(&step);
        } else {
            step = 500;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        die("usage: curl_cjson PORT CA-FILE TOKEN-FILE [print]");
    }
    token_file = argv[3];
    print = argc > 4;
    (void)snprintf(base, sizeof base, "https://localhost:%s/agent", argv[1]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    if (curl == NULL) {
        die("no memory");
    }
    read_token();
    curl_easy_setopt(curl, CURLOPT_CAINFO, argv[2]);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    follow();
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    (void)printf("%lu events, %lu messages\n", events, counts[0]);
    return 0;
}
