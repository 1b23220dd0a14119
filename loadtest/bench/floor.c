/*
 * floor: the least that sending one message to many viewers can cost on this machine.
 *
 * A single-threaded server that answers the WebSocket handshake and then, `rate` times a second,
 * calls send() once per connection with the same finished frame. No queue, no application, no
 * memory per viewer but a descriptor: what a real broadcaster spends beyond this is its own.
 *
 *   floor --payload 200 [--cpu 0]
 *
 * Prints "ready <port>" when it listens (port given by the system, loopback only). Commands, one a
 * line on standard input: "rate <messages/s>" (0 = silent), "stats", "quit"; end of input = quit.
 * "stats" answers {"published":n,"sent":n,"dropped":n}. A connection whose socket buffer is full
 * loses that message (counted as dropped); one that takes half a frame is closed.
 *
 * The payload carries "liveroom-bench:" + 16 hex digits (CLOCK_MONOTONIC, ns, at the send loop's
 * start) + 8 hex digits (message number), which swarm.c turns into latency and missing messages.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define TAG "liveroom-bench:"
#define MAX_FDS 200000
#define MAX_REQUEST 4096

enum { FREE = 0, READING_REQUEST, LIVE };

static unsigned char state[MAX_FDS];
static char *request[MAX_FDS];
static int request_length[MAX_FDS];
static int live[MAX_FDS], live_count, live_index[MAX_FDS];
static uint64_t published, sent, dropped;

/* ---- SHA-1 and base64, only for Sec-WebSocket-Accept (RFC 6455 4.2.2) ---- */

static uint32_t rotate(uint32_t v, int n) { return (v << n) | (v >> (32 - n)); }

static void sha1(const unsigned char *data, size_t length, unsigned char out[20])
{
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char padded[192];
    size_t total = ((length + 8) / 64 + 1) * 64;
    memset(padded, 0, sizeof padded);
    memcpy(padded, data, length);
    padded[length] = 0x80;
    for (int i = 0; i < 8; i++)
        padded[total - 1 - i] = (unsigned char)((uint64_t)length * 8 >> (8 * i));
    for (size_t block = 0; block < total; block += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++)
            w[i] = (uint32_t)padded[block + 4 * i] << 24 | (uint32_t)padded[block + 4 * i + 1] << 16 |
                   (uint32_t)padded[block + 4 * i + 2] << 8 | padded[block + 4 * i + 3];
        for (int i = 16; i < 80; i++)
            w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f, k;
            if (i < 20) { f = (b & c) | (~b & d); k = 0x5A827999; }
            else if (i < 40) { f = b ^ c ^ d; k = 0x6ED9EBA1; }
            else if (i < 60) { f = (b & c) | (b & d) | (c & d); k = 0x8F1BBCDC; }
            else { f = b ^ c ^ d; k = 0xCA62C1D6; }
            uint32_t next = rotate(a, 5) + f + e + k + w[i];
            e = d; d = c; c = rotate(b, 30); b = a; a = next;
        }
        h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
    }
    for (int i = 0; i < 20; i++)
        out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64_of_20(const unsigned char in[20], char out[29])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int o = 0;
    for (int i = 0; i < 20; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)(i + 1 < 20 ? in[i + 1] : 0) << 8 |
                     (i + 2 < 20 ? in[i + 2] : 0);
        out[o++] = digits[v >> 18 & 63];
        out[o++] = digits[v >> 12 & 63];
        out[o++] = digits[v >> 6 & 63];
        out[o++] = i + 2 < 20 ? digits[v & 63] : '=';
    }
    out[o] = 0;
}

/* ---- connections ---- */

static void drop_connection(int fd)
{
    if (state[fd] == LIVE) {
        int last = live[--live_count];
        live[live_index[fd]] = last;
        live_index[last] = live_index[fd];
    }
    free(request[fd]);
    request[fd] = NULL;
    state[fd] = FREE;
    close(fd);
}

/* The value of one request header, copied without surrounding blanks; 0 when it is absent. */
static int header(const char *text, const char *name, char *out, size_t room)
{
    const char *line = strcasestr(text, name);
    if (!line)
        return 0;
    line += strlen(name);
    while (*line == ' ')
        line++;
    size_t n = strcspn(line, ",\r\n");
    if (n >= room)
        return 0;
    memcpy(out, line, n);
    out[n] = 0;
    return 1;
}

static void answer_handshake(int fd)
{
    char key[64], protocol[128], joined[160], accept[29], reply[512];
    unsigned char digest[20];
    if (!header(request[fd], "\r\nSec-WebSocket-Key:", key, sizeof key)) {
        drop_connection(fd);
        return;
    }
    int n = snprintf(joined, sizeof joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1((unsigned char *)joined, (size_t)n, digest);
    base64_of_20(digest, accept);
    int chosen = header(request[fd], "\r\nSec-WebSocket-Protocol:", protocol, sizeof protocol);
    n = snprintf(reply, sizeof reply,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                 accept, chosen ? "Sec-WebSocket-Protocol: " : "", chosen ? protocol : "",
                 chosen ? "\r\n" : "");
    if (send(fd, reply, (size_t)n, MSG_NOSIGNAL) != n) {
        drop_connection(fd);
        return;
    }
    free(request[fd]);
    request[fd] = NULL;
    state[fd] = LIVE;
    live_index[fd] = live_count;
    live[live_count++] = fd;
}

static void readable(int fd)
{
    char sink[4096];
    if (state[fd] == LIVE) { /* what viewers say is read and thrown away */
        ssize_t n = recv(fd, sink, sizeof sink, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            drop_connection(fd);
        return;
    }
    ssize_t n = recv(fd, request[fd] + request_length[fd], (size_t)(MAX_REQUEST - 1 - request_length[fd]), 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            drop_connection(fd);
        return;
    }
    request_length[fd] += (int)n;
    request[fd][request_length[fd]] = 0;
    if (strstr(request[fd], "\r\n\r\n"))
        answer_handshake(fd);
    else if (request_length[fd] >= MAX_REQUEST - 1)
        drop_connection(fd);
}

static void accept_all(int listener, int epoll)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (fd >= MAX_FDS) {
            close(fd);
            continue;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        request[fd] = malloc(MAX_REQUEST);
        request_length[fd] = 0;
        state[fd] = READING_REQUEST;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (!request[fd] || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
            drop_connection(fd);
    }
}

/* ---- the measured loop ---- */

static void publish(char *frame, int header_length, int frame_length)
{
    struct timespec now;
    char marker[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    int n = snprintf(marker, sizeof marker, TAG "%016" PRIx64 "%08" PRIx32, ns, (uint32_t)published);
    memcpy(frame + header_length, marker, (size_t)n);
    published++;
    for (int i = 0; i < live_count;) {
        int fd = live[i];
        ssize_t written = send(fd, frame, (size_t)frame_length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (written == frame_length) {
            sent++;
            i++;
        } else if (written < 0 && errno == EAGAIN) {
            dropped++;
            i++;
        } else {
            drop_connection(fd); /* the last live one moved to place i */
        }
    }
}

static int command(char *line, int timer)
{
    double rate;
    if (sscanf(line, "rate %lf", &rate) == 1 && rate >= 0 && rate <= 1e6) {
        struct itimerspec spec = {{0, 0}, {0, 0}};
        if (rate > 0) {
            long long ns = (long long)(1e9 / rate);
            spec.it_interval.tv_sec = spec.it_value.tv_sec = ns / 1000000000;
            spec.it_interval.tv_nsec = spec.it_value.tv_nsec = ns % 1000000000;
        }
        timerfd_settime(timer, 0, &spec, NULL);
        return 1;
    }
    if (!strncmp(line, "stats", 5)) {
        printf("{\"published\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n", published, sent, dropped);
        fflush(stdout);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int payload = 200;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--payload"))
            payload = atoi(argv[i + 1]);
        else if (!strcmp(argv[i], "--cpu")) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(atoi(argv[i + 1]), &set);
            if (sched_setaffinity(0, sizeof set, &set) < 0) {
                perror("floor: cpu");
                return 2;
            }
        } else {
            fprintf(stderr, "floor: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    if (payload < 64 || payload > 60000) {
        fprintf(stderr, "floor: --payload must be 64 to 60000\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max = MAX_FDS; /* works as root only; otherwise the hard limit stays */
    setrlimit(RLIMIT_NOFILE, &limit);

    char frame[65536];
    int header_length = payload < 126 ? 2 : 4;
    frame[0] = (char)0x82;
    if (payload < 126)
        frame[1] = (char)payload;
    else {
        frame[1] = 126;
        frame[2] = (char)(payload >> 8);
        frame[3] = (char)payload;
    }
    memset(frame + header_length, '.', (size_t)payload);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) {
        perror("floor: listen");
        return 1;
    }
    getsockname(listener, (struct sockaddr *)&address, &size);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = timer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    event.data.fd = STDIN_FILENO;
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);

    static char input[256];
    size_t input_length = 0;
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                accept_all(listener, epoll);
            } else if (fd == timer) {
                uint64_t ticks;
                if (read(timer, &ticks, sizeof ticks) == sizeof ticks)
                    publish(frame, header_length, header_length + payload); /* a late tick is not made up for */
            } else if (fd == STDIN_FILENO) {
                ssize_t got = read(STDIN_FILENO, input + input_length, sizeof input - 1 - input_length);
                if (got <= 0)
                    return 0;
                input_length += (size_t)got;
                input[input_length] = 0;
                char *newline;
                while ((newline = strchr(input, '\n'))) {
                    *newline = 0;
                    if (!command(input, timer))
                        return 0;
                    input_length -= (size_t)(newline + 1 - input);
                    memmove(input, newline + 1, input_length + 1);
                }
            } else if (state[fd] != FREE) {
                readable(fd);
            }
        }
    }
}
