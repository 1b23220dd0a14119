/*
 * swarm: many WebSocket viewers in one thread, to load a server and to count what arrives.
 *
 *   swarm --port 8000 [--host 127.0.0.1] [--path /v1/live] [--subprotocol liveroom.v1.msgpack]
 *         [--header "Origin: …"]… [--records FILE] [--text] [--welcome] [--sources 1]
 *         [--inflight 64] [--tag liveroom-bench:] [--cpu 1] [--beats] [--returns] [--pause US]
 *
 * FILE holds first client messages, each as 4 bytes length (little endian) + payload; connection
 * number i sends record i mod n right after the handshake, as a binary message (--text: text).
 * A connection counts as joined at the 101 response, with --welcome at the first data message.
 * --sources K spreads connections over 127.0.0.1 … 127.0.0.K: one source address has at most
 * about 28 000 ports towards one server port.
 *
 * Two things are understood of liveroom.v1.msgpack, on request only. --beats: every beacon is answered by a beat with
 * its nonce. --returns: who is cut, refused or told to go comes back as the contract asks (PROTOCOL §1.5): after
 * retry_after_ms and a random part of reconnect_spread_ms the first time, then with full jitter from 0.5 to 20 s.
 * --pause US looks only so often when nobody is on the way in: a reader that sleeps in epoll_wait is woken by every
 * write, at the server's expense (an interrupt to another core), which no viewer beyond a network card ever costs.
 * A viewer whose first message is a bye, or whose upgrade is answered 503 with Retry-After, was "told", not failed.
 *
 * Commands, one a line on standard input; each is answered by one JSON object on standard output:
 *   open N [R]   N more connections, at most R a second; answered when each has joined or failed
 *   say AT WITHIN EVERY PATIENCE MESSAGE NEEDLE FILE
 *                every EVERYth connection sends MESSAGE (hex) once, spread evenly over WITHIN ns from AT on
 *                (CLOCK_MONOTONIC, ns); each one's first data message that holds NEEDLE (hex) is its answer, written
 *                to FILE. Answered when all have answered, or PATIENCE ns after the last was due
 *   mark         counters so far, latencies since the last mark; "attempts" = returns begun in each tenth of a
 *                second since the first viewer lost its connection, "return_ns" = from the loss to being live again
 *   close        reset every connection (RST, so no port waits in TIME_WAIT)
 *   quit         as does the end of input
 *
 * Every data message is searched for the tag followed by 16 hex digits (sender's CLOCK_MONOTONIC
 * in ns) and 8 hex digits (a number that grows by one): "markers" counts them, "missing" the holes
 * and "repeated" the rest per connection, latency is the time of our read minus the sender's time. Pings are answered.
 * It does not check Sec-WebSocket-Accept, nor UTF-8: it measures servers, it does not judge them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

#define LINE 8192
#define CHUNK (1 << 20) /* also the largest message we take */
#define MAX_CODES 32

/* ---- histogram: 16 buckets per power of two, so a bucket is at most 6.25 % wide ---- */

#define BUCKETS (64 * 16)
typedef struct {
    uint64_t count[BUCKETS];
} histogram;

static unsigned bucket_of(uint64_t v)
{
    if (v < 16)
        return (unsigned)v;
    unsigned exponent = 63u - (unsigned)__builtin_clzll(v);
    return (exponent - 3) * 16 + (unsigned)(v >> (exponent - 4) & 15);
}

/* The largest value that falls into the bucket. */
static uint64_t upper_of(unsigned bucket)
{
    if (bucket < 16)
        return bucket;
    unsigned exponent = bucket / 16 + 3;
    return (((uint64_t)(bucket % 16) + 17) << (exponent - 4)) - 1;
}

static void print_histogram(const char *name, histogram *h)
{
    const char *separator = "";
    printf(",\"%s\":[", name);
    for (unsigned i = 0; i < BUCKETS; i++)
        if (h->count[i]) {
            printf("%s[%" PRIu64 ",%" PRIu64 "]", separator, upper_of(i), h->count[i]);
            separator = ",";
        }
    printf("]");
    memset(h, 0, sizeof *h);
}

/* ---- state ---- */

enum { CONNECTING = 1, SHAKING, GREETING, LIVE };

typedef struct {
    int fd;
    unsigned char state, have_number, told, attempt, returning;
    uint32_t number, place, last_number, retry_ms;
    uint64_t started_ns, lost_ns, said_ns; /* said_ns: when it said what it awaits an answer to; 0 = it awaits none */
    char *rest; /* an unfinished frame or response head */
    size_t rest_length;
} connection;

typedef struct {
    unsigned char *bytes; /* the finished, masked frame */
    size_t length;
} client_message;

static connection **connections;
static uint32_t open_count, capacity;
static client_message *hellos;
static size_t record_count;
static char request[8192];
static size_t request_length;
static struct sockaddr_in server;
static const char *tag = "liveroom-bench:";
static size_t tag_length;
static int epoll, sources = 1, inflight_limit = 64, wait_for_welcome, text_messages, beats_wanted, returns_wanted;
static long pause_us;

static uint64_t wanted, begun, serial; /* of the current "open"; serial never restarts */
static uint32_t inflight, joined_count, failed_count;
static uint64_t opening_ns, last_joined_ns;
static double opening_rate;
static int opening;
static char last_error[160];

static uint64_t say_at, say_within, say_every, say_patience, say_first_ns, say_last_ns; /* of the current "say" */
static uint32_t say_count, say_done, say_next, say_answered, say_unsent;
static int saying;
static client_message said;
static unsigned char needle[LINE / 2];
static size_t needle_length;
static FILE *answers;

static uint64_t messages, wire_bytes, markers, missing, repeated, pings, ended;
static struct { int code; uint64_t count; } codes[MAX_CODES];
static histogram latency, join_time, return_time;

/* Who is on the way back: a heap by time. */
typedef struct {
    uint64_t due_ns, lost_ns;
    uint32_t number;
    unsigned char attempt;
} comeback;
#define TENTHS 1200
static comeback *waiting;
static uint32_t waiting_count, live_count, told_count, tenths, attempts[TENTHS], spread_ms;
static uint64_t returned, beats, first_lost_ns, dice = 0x9E3779B97F4A7C15u;
static unsigned char chunk[CHUNK + 16];

static uint64_t now_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void count_code(int code)
{
    for (int i = 0; i < MAX_CODES; i++)
        if (codes[i].code == code || !codes[i].count) {
            codes[i].code = code;
            codes[i].count++;
            return;
        }
}

static void set_error(const char *format, const char *what, int number)
{
    char text[128];
    snprintf(text, sizeof text, format, what, number);
    size_t o = 0;
    for (const char *p = text; *p && o + 1 < sizeof last_error; p++)
        last_error[o++] = (*p < ' ' || *p == '"' || *p == '\\' || (unsigned char)*p > 126) ? '?' : *p;
    last_error[o] = 0;
}

static void forget(connection *c)
{
    connection *last = connections[--open_count];
    connections[c->place] = last;
    last->place = c->place;
    struct linger reset = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(c->fd);
    free(c->rest);
    free(c);
}

/* xorshift64*: a number from 0 up to, not including, `below`. */
static uint64_t random_below(uint64_t below)
{
    dice ^= dice >> 12;
    dice ^= dice << 25;
    dice ^= dice >> 27;
    return below ? (dice * 0x2545F4914F6CDD1Du >> 11) % below : 0;
}

static void will_return(const connection *c, uint64_t now)
{
    uint64_t ceiling = 500u << (c->attempt < 6 ? c->attempt : 6);
    if (ceiling > 20000)
        ceiling = 20000;
    if (!c->attempt && spread_ms)
        ceiling = spread_ms;
    comeback back = {.due_ns = now + (c->retry_ms + random_below(ceiling + 1)) * 1000000u,
                     .lost_ns = c->lost_ns ? c->lost_ns : now,
                     .number = c->number,
                     .attempt = (unsigned char)(c->attempt < 250 ? c->attempt + 1 : 250)};
    if (!first_lost_ns)
        first_lost_ns = now;
    if (waiting_count == capacity)
        return;
    uint32_t at = waiting_count++;
    while (at && waiting[(at - 1) / 2].due_ns > back.due_ns) {
        waiting[at] = waiting[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    waiting[at] = back;
}

static comeback next_comeback(void)
{
    comeback first = waiting[0], last = waiting[--waiting_count];
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < waiting_count; at = child) {
        if (child + 1 < waiting_count && waiting[child + 1].due_ns < waiting[child].due_ns)
            child++;
        if (waiting[child].due_ns >= last.due_ns)
            break;
        waiting[at] = waiting[child];
    }
    waiting[at] = last;
    return first;
}

/* Whether the contract lets somebody with this close code come back; 0 = no close code at all. */
static int comes_back(int code)
{
    return returns_wanted && code < 4500 && code != 1002 && code != 1003 && code != 1007 && code != 1009;
}

static void end(connection *c, int code)
{
    if (c->state == LIVE) {
        ended++;
        live_count--;
        count_code(code);
        c->attempt = 0;
    } else if (!c->returning) {
        if (c->told)
            told_count++;
        else
            failed_count++;
        inflight--;
    }
    if (c->state == GREETING)
        count_code(code);
    if (comes_back(code))
        will_return(c, now_ns(CLOCK_MONOTONIC));
    forget(c);
}

static void joined(connection *c, uint64_t now)
{
    c->state = LIVE;
    live_count++;
    if (c->returning) {
        returned++;
        return_time.count[bucket_of(now - c->lost_ns)]++;
        c->lost_ns = 0;
        return;
    }
    join_time.count[bucket_of(now - c->started_ns)]++;
    joined_count++;
    inflight--;
    last_joined_ns = now;
}

/* ---- opening ---- */

/* Open one more connection, or that of somebody who comes back. */
static void begin_one(const comeback *back)
{
    connection *c = calloc(1, sizeof *c);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!c || fd < 0 || open_count >= capacity) {
        set_error("cannot open a socket: %s (limit of descriptors is %d)", strerror(errno), (int)capacity);
        failed_count++;
        free(c);
        if (fd >= 0)
            close(fd);
        return;
    }
    int one = 1;
    uint32_t number = back ? back->number : (uint32_t)serial++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (sources > 1) {
        struct sockaddr_in source = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK + number % (uint32_t)sources)};
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0)
            set_error("bind: %s (%d)", strerror(errno), errno);
    }
    c->fd = fd;
    c->state = CONNECTING;
    c->number = number;
    c->started_ns = now_ns(CLOCK_MONOTONIC);
    c->place = open_count;
    connections[open_count++] = c;
    if (back) {
        c->returning = 1;
        c->attempt = back->attempt;
        c->lost_ns = back->lost_ns;
    } else {
        inflight++;
    }
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) {
        set_error("connect: %s (%d)", strerror(errno), errno);
        end(c, 0);
        return;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void begin_more(void)
{
    while (opening && begun < wanted && inflight < (uint32_t)inflight_limit) {
        if (opening_rate > 0) {
            double passed = (double)(now_ns(CLOCK_MONOTONIC) - opening_ns) / 1e9;
            if ((double)begun > opening_rate * passed)
                return;
        }
        begun++;
        begin_one(NULL);
    }
}

static void bring_back(void)
{
    uint64_t now = now_ns(CLOCK_MONOTONIC);
    while (waiting_count && waiting[0].due_ns <= now) {
        comeback back = next_comeback();
        uint64_t tenth = (now - first_lost_ns) / 100000000u;
        if (tenth < TENTHS) {
            attempts[tenth]++;
            if (tenth >= tenths)
                tenths = (uint32_t)tenth + 1;
        }
        begin_one(&back);
    }
}

static void print_codes(void)
{
    const char *separator = "";
    printf(",\"close_codes\":{");
    for (int i = 0; i < MAX_CODES && codes[i].count; i++) {
        printf("%s\"%d\":%" PRIu64, separator, codes[i].code, codes[i].count);
        separator = ",";
    }
    printf("}");
}

static void finish_opening(void)
{
    if (!opening || begun < wanted || inflight)
        return;
    opening = 0;
    uint64_t until = last_joined_ns > opening_ns ? last_joined_ns : now_ns(CLOCK_MONOTONIC);
    printf("{\"event\":\"opened\",\"joined\":%u,\"told\":%u,\"failed\":%u,\"seconds\":%.6f,\"last_error\":\"%s\"",
           joined_count, told_count, failed_count, (double)(until - opening_ns) / 1e9, last_error);
    print_histogram("join_ns", &join_time);
    print_codes();
    printf("}\n");
    fflush(stdout);
}

/* ---- saying ---- */

static size_t from_hex(const char *text, unsigned char *out, size_t most)
{
    size_t n = 0;
    unsigned byte;
    for (; text[2 * n] && n < most && sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
        out[n] = (unsigned char)byte;
    return n;
}

static client_message framed(const unsigned char *payload, size_t length)
{
    static uint32_t seed = 0x9E3779B9;
    size_t head = length < 126 ? 6 : 8;
    unsigned char *f = malloc(head + length);
    if (!f)
        exit(1);
    f[0] = text_messages ? 0x81 : 0x82;
    f[1] = (unsigned char)(0x80 | (length < 126 ? length : 126));
    if (head == 8) {
        f[2] = (unsigned char)(length >> 8);
        f[3] = (unsigned char)length;
    }
    seed = seed * 1664525 + 1013904223;
    unsigned char *mask = f + head - 4;
    memcpy(mask, &seed, 4);
    for (size_t i = 0; i < length; i++)
        f[head + i] = (unsigned char)(payload[i] ^ mask[i & 3]);
    return (client_message){f, head + length};
}

static void say_more(void)
{
    if (!saying || say_next >= open_count)
        return;
    uint64_t now = now_ns(CLOCK_MONOTONIC);
    while (say_next < open_count && say_at + say_within * say_done / say_count <= now) {
        connection *c = connections[say_next];
        say_next += (uint32_t)say_every;
        say_done++;
        now = now_ns(CLOCK_MONOTONIC);
        if (c->state == LIVE && send(c->fd, said.bytes, said.length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)said.length)
            c->said_ns = now;
        else
            say_unsent++;
        if (!say_first_ns)
            say_first_ns = now;
        say_last_ns = now;
    }
}

static void finish_saying(void)
{
    if (!saying || say_next < open_count)
        return;
    if (say_answered + say_unsent < say_done && now_ns(CLOCK_MONOTONIC) < say_at + say_within + say_patience)
        return;
    saying = 0;
    fclose(answers);
    for (uint32_t i = 0; i < open_count; i++)
        connections[i]->said_ns = 0;
    printf("{\"event\":\"said\",\"sent\":%u,\"answered\":%u,\"first_ns\":%" PRIu64 ",\"last_ns\":%" PRIu64 "}\n",
           say_done - say_unsent, say_answered, say_first_ns, say_last_ns);
    fflush(stdout);
}

/* A record of FILE: length of the message (32 bits), the connection's number (32), said and heard (64 each), the message. */
static void look_for_answer(connection *c, const unsigned char *p, size_t length, uint64_t now)
{
    if (!saying || !c->said_ns || !memmem(p, length, needle, needle_length))
        return;
    uint32_t sizes[2] = {(uint32_t)length, c->number};
    uint64_t times[2] = {c->said_ns, now};
    fwrite(sizes, sizeof sizes, 1, answers);
    fwrite(times, sizeof times, 1, answers);
    fwrite(p, length, 1, answers);
    c->said_ns = 0;
    say_answered++;
}

static int begin_saying(const char *line)
{
    static char message[LINE], wanted_hex[LINE], path[512];
    static unsigned char bytes[LINE / 2];
    if (saying || opening || sscanf(line, "say %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %8191s %8191s %511s", &say_at,
        &say_within, &say_every, &say_patience, message, wanted_hex, path) != 7 || !say_every)
        return 0;
    free(said.bytes);
    said = framed(bytes, from_hex(message, bytes, sizeof bytes));
    needle_length = from_hex(wanted_hex, needle, sizeof needle);
    answers = fopen(path, "wb");
    if (!answers || !needle_length) {
        fprintf(stderr, "swarm: say: %s: %s\n", path, strerror(errno));
        return 0;
    }
    say_count = open_count ? (uint32_t)((open_count + say_every - 1) / say_every) : 1;
    say_next = say_done = say_answered = say_unsent = 0;
    say_first_ns = say_last_ns = 0;
    saying = 1;
    return 1;
}

/* ---- what the server says ---- */

static int hex(const unsigned char *p, int digits, uint64_t *out)
{
    uint64_t v = 0;
    for (int i = 0; i < digits; i++) {
        unsigned char d = p[i];
        if (d >= '0' && d <= '9') v = v << 4 | (uint64_t)(d - '0');
        else if (d >= 'a' && d <= 'f') v = v << 4 | (uint64_t)(d - 'a' + 10);
        else return 0;
    }
    *out = v;
    return 1;
}

static void look_for_markers(connection *c, const unsigned char *p, size_t length, uint64_t now)
{
    const unsigned char *stop = p + length, *found;
    while ((found = memmem(p, (size_t)(stop - p), tag, tag_length))) {
        uint64_t sent_ns, number;
        p = found + tag_length;
        if (stop - p < 24 || !hex(p, 16, &sent_ns) || !hex(p + 16, 8, &number))
            continue;
        p += 24;
        markers++;
        latency.count[bucket_of(now > sent_ns ? now - sent_ns : 0)]++;
        uint32_t n = (uint32_t)number;
        if (c->have_number && (int32_t)(n - c->last_number) <= 0) {
            repeated++;
            continue;
        }
        if (c->have_number)
            missing += n - c->last_number - 1;
        c->have_number = 1;
        c->last_number = n;
    }
}

/* The unsigned number behind a key of a msgpack map; 0 when there is none. */
static uint32_t number_behind(const char *key, const unsigned char *p, size_t length)
{
    size_t key_length = strlen(key);
    const unsigned char *stop = p + length, *v = memmem(p, length, key, key_length);
    if (!v)
        return 0;
    v += key_length;
    if (v < stop && *v < 0x80)
        return *v;
    int bytes = v < stop && *v >= 0xCC && *v <= 0xCE ? 1 << (*v - 0xCC) : 0;
    uint32_t value = 0;
    if (!bytes || stop - v <= bytes)
        return 0;
    for (int i = 1; i <= bytes; i++)
        value = value << 8 | v[i];
    return value;
}

/* {"type": "beat", "nonce": …, "playing": true, "visible": true, "card_version": 1 << 30} */
static unsigned char beat_frame[] = "\x82\xC0\0\0\0\0"
    "\x85\xA4type\xA4" "beat\xA5nonce\xB0" "0123456789abcdef\xA7playing\xC3\xA7visible\xC3\xAC" "card_version\xCE\x40\0\0\0";
#define NONCE_KEY "\xA5nonce\xB0"
#define NONCE_LENGTH 16

static void answer_beacon(connection *c, const unsigned char *p, size_t length)
{
    const unsigned char *stop = p + length, *nonce = memmem(p, length, NONCE_KEY, sizeof NONCE_KEY - 1);
    if (!nonce || stop - nonce < (ptrdiff_t)(sizeof NONCE_KEY - 1 + NONCE_LENGTH))
        return;
    const size_t size = sizeof beat_frame - 1;
    unsigned char *place = memmem(beat_frame, size, NONCE_KEY, sizeof NONCE_KEY - 1);
    memcpy(place + sizeof NONCE_KEY - 1, nonce + sizeof NONCE_KEY - 1, NONCE_LENGTH);
    beat_frame[1] = (unsigned char)(0x80 | (size - 6));
    if (send(c->fd, beat_frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
        beats++;
}

/* A bye says when to come back; a welcome over how long to spread it. Only small messages can be a bye. */
static int is_bye(connection *c, const unsigned char *p, size_t length)
{
    if (c->state == GREETING) {
        uint32_t spread = number_behind("\xB3reconnect_spread_ms", p, length);
        if (spread)
            spread_ms = spread;
    }
    if (length > 300 || !memmem(p, length, "\xA3" "bye", 4))
        return 0;
    c->retry_ms = number_behind("\xAEretry_after_ms", p, length);
    c->told = c->state == GREETING;
    return 1;
}

static void send_pong(connection *c, const unsigned char *payload, size_t length)
{
    unsigned char frame[6 + 125] = {0x8A, (unsigned char)(0x80 | length), 0, 0, 0, 0}; /* mask 0 leaves bytes as they are */
    memcpy(frame + 6, payload, length);
    if (send(c->fd, frame, 6 + length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)(6 + length))
        pings++;
}

/* Take whole frames from p; -1 when the connection is over, else the number of bytes used. */
static ssize_t take_frames(connection *c, const unsigned char *p, size_t length, uint64_t now)
{
    size_t used = 0;
    while (length - used >= 2) {
        const unsigned char *f = p + used;
        size_t head = 2;
        uint64_t payload = f[1] & 127;
        if (payload == 126) head = 4;
        if (payload == 127) head = 10;
        if (length - used < head)
            break;
        if (head == 4)
            payload = (uint64_t)f[2] << 8 | f[3];
        if (head == 10) {
            payload = 0;
            for (int i = 2; i < 10; i++)
                payload = payload << 8 | f[i];
        }
        if (payload > CHUNK - 16) {
            set_error("%s of more than %d bytes", "message", CHUNK);
            return -1;
        }
        if (length - used < head + payload)
            break;
        int opcode = f[0] & 15;
        if (opcode <= 2) {
            messages++;
            look_for_markers(c, f + head, payload, now);
            look_for_answer(c, f + head, payload, now);
            if (beats_wanted)
                answer_beacon(c, f + head, payload);
            int bye = (c->state == GREETING || returns_wanted) && is_bye(c, f + head, payload);
            if (c->state == GREETING && !bye)
                joined(c, now);
        } else if (opcode == 9 && payload <= 125) {
            send_pong(c, f + head, payload);
        } else if (opcode == 8) {
            int code = payload >= 2 ? f[head] << 8 | f[head + 1] : 1005;
            set_error("%s with code %d", "closed by the server", code);
            end(c, code);
            return -2;
        }
        used += head + (size_t)payload;
    }
    return (ssize_t)used;
}

static int greet(connection *c, uint64_t now)
{
    if (record_count) {
        client_message *hello = &hellos[c->number % record_count];
        if (send(c->fd, hello->bytes, hello->length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)hello->length) {
            set_error("hello: %s (%d)", strerror(errno), errno);
            return 0;
        }
    }
    if (wait_for_welcome)
        c->state = GREETING;
    else
        joined(c, now);
    return 1;
}

static void readable(connection *c)
{
    size_t have = c->rest_length;
    if (have)
        memcpy(chunk, c->rest, have);
    ssize_t n = recv(c->fd, chunk + have, CHUNK - have, 0);
    if (n <= 0) {
        if (n < 0 && errno == EAGAIN)
            return;
        if (c->state != LIVE)
            set_error("ended during join: %s (%d)", n ? strerror(errno) : "end of stream", n ? errno : 0);
        end(c, 1006);
        return;
    }
    uint64_t now = now_ns(CLOCK_MONOTONIC);
    wire_bytes += (uint64_t)n;
    size_t length = have + (size_t)n, used = 0;
    if (c->state == SHAKING) {
        unsigned char *stop = memmem(chunk, length, "\r\n\r\n", 4);
        if (stop) {
            if (length < 12 || memcmp(chunk, "HTTP/1.1 101", 12)) {
                unsigned char *later = memmem(chunk, length, "\r\nRetry-After: ", 15);
                if (later && length > 12 && !memcmp(chunk + 9, "503", 3)) {
                    c->told = 1;
                    c->retry_ms = 1000u * (uint32_t)strtoul((char *)later + 15, NULL, 10);
                }
                chunk[length < 15 ? length : 15] = 0;
                set_error("upgrade answered %s (%d)", (char *)chunk, 0);
                end(c, 0);
                return;
            }
            used = (size_t)(stop + 4 - chunk);
            if (!greet(c, now)) {
                end(c, 0);
                return;
            }
        }
    }
    if (c->state >= GREETING) {
        ssize_t taken = take_frames(c, chunk + used, length - used, now);
        if (taken == -2)
            return;
        if (taken < 0) {
            end(c, 1009);
            return;
        }
        used += (size_t)taken;
    }
    size_t left = length - used;
    if (left && left != c->rest_length) {
        char *room = realloc(c->rest, left);
        if (!room) {
            end(c, 0);
            return;
        }
        c->rest = room;
    }
    if (left)
        memcpy(c->rest, chunk + used, left);
    c->rest_length = left;
}

static void writable(connection *c)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error || send(c->fd, request, request_length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)request_length) {
        set_error("connect: %s (%d)", strerror(error ? error : errno), error ? error : errno);
        end(c, 0);
        return;
    }
    c->state = SHAKING;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* ---- commands ---- */

static int command(char *line)
{
    unsigned long count;
    double rate = 0;
    if (sscanf(line, "open %lu %lf", &count, &rate) >= 1 && !opening) {
        wanted = count;
        begun = 0;
        joined_count = failed_count = told_count = 0;
        opening_rate = rate;
        opening_ns = now_ns(CLOCK_MONOTONIC);
        opening = 1;
        last_error[0] = 0;
    } else if (!strcmp(line, "mark")) {
        printf("{\"event\":\"mark\",\"monotonic_ns\":%" PRIu64 ",\"cpu_ns\":%" PRIu64 ",\"live\":%u,\"messages\":%" PRIu64
               ",\"bytes\":%" PRIu64 ",\"markers\":%" PRIu64 ",\"missing\":%" PRIu64 ",\"repeated\":%" PRIu64
               ",\"pings\":%" PRIu64 ",\"ended\":%" PRIu64 ",\"settled\":%u,\"returning\":%u,\"returned\":%" PRIu64
               ",\"beats\":%" PRIu64,
               now_ns(CLOCK_MONOTONIC), now_ns(CLOCK_PROCESS_CPUTIME_ID), open_count, messages, wire_bytes, markers,
               missing, repeated, pings, ended, live_count, waiting_count, returned, beats);
        print_histogram("latency_ns", &latency);
        print_histogram("return_ns", &return_time);
        printf(",\"attempts\":[");
        for (uint32_t i = 0; i < tenths; i++)
            printf("%s%u", i ? "," : "", attempts[i]);
        printf("]");
        print_codes();
        printf("}\n");
        fflush(stdout);
    } else if (!strncmp(line, "say ", 4)) {
        return begin_saying(line);
    } else if (!strcmp(line, "close") && !opening && !saying) {
        unsigned closed = open_count;
        while (open_count)
            forget(connections[open_count - 1]);
        waiting_count = live_count = 0;
        printf("{\"event\":\"closed\",\"closed\":%u}\n", closed);
        fflush(stdout);
    } else {
        return 0;
    }
    return 1;
}

/* ---- start ---- */

static void load_records(const char *path)
{
    FILE *file = fopen(path, "rb");
    unsigned char size[4];
    if (!file) {
        perror(path);
        exit(2);
    }
    while (fread(size, 1, 4, file) == 4) {
        size_t length = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
        if (length > 65535) {
            fprintf(stderr, "swarm: a record may have at most 65535 bytes\n");
            exit(2);
        }
        unsigned char *payload = malloc(length + 1);
        hellos = realloc(hellos, (record_count + 1) * sizeof *hellos);
        if (!payload || !hellos || fread(payload, 1, length, file) != length) {
            fprintf(stderr, "swarm: %s is cut short\n", path);
            exit(2);
        }
        hellos[record_count++] = framed(payload, length);
        free(payload);
    }
    fclose(file);
}

int main(int argc, char **argv)
{
    const char *host = "127.0.0.1", *path = "/v1/live", *subprotocol = NULL, *record_file = NULL;
    char extra[4096] = "";
    int port = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--text")) { text_messages = 1; continue; }
        if (!strcmp(argv[i], "--welcome")) { wait_for_welcome = 1; continue; }
        if (!strcmp(argv[i], "--beats")) { beats_wanted = 1; continue; }
        if (!strcmp(argv[i], "--returns")) { returns_wanted = 1; continue; }
        if (!strcmp(argv[i], "--host")) host = value;
        else if (!strcmp(argv[i], "--port")) port = atoi(value);
        else if (!strcmp(argv[i], "--path")) path = value;
        else if (!strcmp(argv[i], "--subprotocol")) subprotocol = value;
        else if (!strcmp(argv[i], "--records")) record_file = value;
        else if (!strcmp(argv[i], "--sources")) sources = atoi(value);
        else if (!strcmp(argv[i], "--pause")) pause_us = atol(value);
        else if (!strcmp(argv[i], "--inflight")) inflight_limit = atoi(value);
        else if (!strcmp(argv[i], "--tag")) tag = value;
        else if (!strcmp(argv[i], "--header")) {
            size_t used = strlen(extra);
            snprintf(extra + used, sizeof extra - used, "%s\r\n", value);
        } else if (!strcmp(argv[i], "--cpu")) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(atoi(value), &set);
            if (sched_setaffinity(0, sizeof set, &set) < 0) {
                perror("swarm: cpu");
                return 2;
            }
        } else {
            fprintf(stderr, "swarm: unknown option %s\n", argv[i]);
            return 2;
        }
        i++;
    }
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)port);
    if (port <= 0 || inet_pton(AF_INET, host, &server.sin_addr) != 1 || sources < 1 || sources > 250 ||
        inflight_limit < 1 || !(tag_length = strlen(tag))) {
        fprintf(stderr, "swarm: --port, a numeric --host, --sources 1 to 250, --inflight and --tag are needed\n");
        return 2;
    }
    if (record_file)
        load_records(record_file);
    request_length = (size_t)snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: bGl2ZXJvb20tYmVuY2gxMg==\r\nSec-WebSocket-Version: 13\r\n%s%s%s%s\r\n",
        path, host, port, subprotocol ? "Sec-WebSocket-Protocol: " : "", subprotocol ? subprotocol : "",
        subprotocol ? "\r\n" : "", extra);
    if (request_length >= sizeof request) {
        fprintf(stderr, "swarm: the request is too long\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < 262144) {
        struct rlimit more = {262144, 262144}; /* works as root only; otherwise the hard limit stays */
        if (!setrlimit(RLIMIT_NOFILE, &more))
            limit = more;
    }
    capacity = (uint32_t)(limit.rlim_cur > 262144 ? 262144 : limit.rlim_cur) - 16;
    connections = calloc(capacity, sizeof *connections);
    waiting = calloc(capacity, sizeof *waiting);
    dice ^= now_ns(CLOCK_MONOTONIC);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    static connection keyboard = {.fd = STDIN_FILENO};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &keyboard};
    if (!connections || !waiting || epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0) {
        perror("swarm");
        return 1;
    }
    printf("{\"event\":\"ready\",\"capacity\":%u}\n", capacity);
    fflush(stdout);

    static char input[2 * LINE + 1024];
    size_t input_length = 0;
    for (;;) {
        struct epoll_event events[512];
        /* While opening at a given rate, saying, or on the way back, what comes next is a matter of time, not of an event. */
        int by_time = saying || waiting_count || (opening && opening_rate > 0 && begun < wanted);
        int n = epoll_wait(epoll, events, 512, by_time ? 1 : -1);
        int typed = 0;
        for (int i = 0; i < n; i++) {
            connection *c = events[i].data.ptr;
            if (c == &keyboard)
                typed = 1; /* later: a command may free connections that stand further on in this list */
            else if (c->state == CONNECTING && (events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
                writable(c);
            else
                readable(c);
        }
        if (typed) {
            ssize_t got = read(STDIN_FILENO, input + input_length, sizeof input - 1 - input_length);
            if (got <= 0)
                return 0;
            input_length += (size_t)got;
            input[input_length] = 0;
            char *newline;
            while ((newline = strchr(input, '\n'))) {
                *newline = 0;
                if (!command(input))
                    return 0;
                input_length -= (size_t)(newline + 1 - input);
                memmove(input, newline + 1, input_length + 1);
            }
        }
        begin_more();
        bring_back();
        finish_opening();
        say_more();
        finish_saying();
        if (pause_us > 0 && pause_us < 1000000 && !opening && !saying)
            nanosleep(&(struct timespec){0, pause_us * 1000}, NULL);
    }
}
