/* A flush that takes at least as long as a real disk's: preloaded into a database (LD_PRELOAD) by bench/flushing.py.
 *
 *   LIVEROOM_FLUSH_US=2000 LD_PRELOAD=slow_flush.so postgres …
 *
 * fsync and fdatasync do what they always did, and return not before so many microseconds have passed since the call.
 * A flush that fails says so at once. Without the variable nothing is changed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

typedef int (*flush)(int);

static flush real_fsync, real_fdatasync;
static long long at_least_ns;

__attribute__((constructor)) static void prepare(void)
{
	/* Now: PostgreSQL writes its title over the environment later. */
	const char *stated = getenv("LIVEROOM_FLUSH_US");

	at_least_ns = stated ? atoll(stated) * 1000 : 0;
	real_fsync = (flush)dlsym(RTLD_NEXT, "fsync");
	real_fdatasync = (flush)dlsym(RTLD_NEXT, "fdatasync");
}

static int slowly(flush real, int file)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	if (real(file) != 0)
		return -1;
	end.tv_sec += at_least_ns / 1000000000;
	end.tv_nsec += at_least_ns % 1000000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	/* A signal only cuts the sleep short: it goes on to the same moment. */
	while (at_least_ns && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
		;
	return 0;
}

int fsync(int file)
{
	return slowly(real_fsync, file);
}

int fdatasync(int file)
{
	return slowly(real_fdatasync, file);
}
