/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h: what the user asked for: muntin.conf as data.
 *
 * Pure: the boot room, muntin-check, the unit tests and the fuzzer call the same config_parse().
 */
#pragma once

#include "kernel/image_kind.h"
#include "kernel/lib/cpu_set.h"
#include "kernel/lib/report.h"
#include "kernel/lib/status.h"
#include "kernel/lib/types.h"

enum {
	CONFIG_FILE_BYTES_MAX = 65536,
	CONFIG_GUESTS_MAX = 16,
	CONFIG_NAME_BYTES = 32, /* the NUL included, as in the next two */
	CONFIG_PATH_BYTES = 256,
	CONFIG_CMDLINE_BYTES = 2048,
	CONFIG_IMAGES_MAX = 16,
	CONFIG_DEPENDS_BYTES = 512,
	CONFIG_MODULES_MAX = 16, /* files behind `modules =` */
	CONFIG_MODULES_BYTES = 2048,
	CONFIG_RESTARTS_MAX = 1000, /* that `on-crash = restart N` can name */
	CONFIG_STARTUP_BYTES = 256,
	CONFIG_SALT_BYTES_MIN = 8, /* RFC 8018, "Salt" */
	CONFIG_SALT_BYTES_MAX = 32,
	CONFIG_HASH_BYTES = 32,
	CONFIG_ITERATIONS_MIN = 1000, /* RFC 8018, "Iteration Count" */
	CONFIG_ITERATIONS_MAX = 10000000,
	CONFIG_LOCK_AFTER_MAX = 86400,
	CONFIG_UUID_BYTES = 16,
};

/* config_guest.crash_restarts of a guest that is restarted however often it crashes. */
#define CONFIG_RESTART_ALWAYS UINT32_MAX

/* Guest RAM comes in these: the smallest large page, so that no EPT needs 4 KiB pages for RAM. */
#define CONFIG_MEMORY_UNIT (2 * MIB)
/* What four levels of EPT can map is 256 TiB; this leaves room for the hole, and for sums. */
#define CONFIG_MEMORY_MAX (65536 * GIB)

/** enum config_console - where the monitor talks. */
enum config_console { CONFIG_CONSOLE_COM1, CONFIG_CONSOLE_COM2, CONFIG_CONSOLE_NONE };

/** enum config_signature - which hypervisor CPUID leaf 40000000H names. */
enum config_signature { CONFIG_SIGNATURE_KVM, CONFIG_SIGNATURE_NATIVE, CONFIG_SIGNATURE_MUNTIN };

/** enum config_panic - what follows a panic. */
enum config_panic { CONFIG_PANIC_HALT, CONFIG_PANIC_REBOOT };

/** struct config_password - of the monitor: PBKDF2-HMAC-SHA-256 over it; @iterations is 0 when there is none. */
struct config_password {
	uint32_t iterations;
	uint32_t salt_bytes;
	uint8_t salt[CONFIG_SALT_BYTES_MAX];
	uint8_t hash[CONFIG_HASH_BYTES];
};

/** struct config_monitor_lines - the line each value came from, 0 when the default holds. */
struct config_monitor_lines {
	uint32_t section;
	uint32_t console;
	uint32_t speed;
	uint32_t password;
	uint32_t lock_after;
	uint32_t locked_consoles;
	uint32_t startup;
	uint32_t on_panic;
};

/** struct config_monitor - section [monitor]. */
struct config_monitor {
	enum config_console console; /* default com1 */
	uint32_t speed;              /* bits per second, default 115200 */
	struct config_password password;
	uint32_t
		lock_after; /* idle seconds until the monitor locks itself; 0, the default: never */
	bool locked_consoles; /* whether a locked monitor shows guests' consoles; default no */
	char startup
		[CONFIG_STARTUP_BYTES]; /* what the monitor runs once it is up; "" for nothing */
	enum config_panic on_panic;     /* default halt */
	struct config_monitor_lines line;
};

/** struct config_guest_lines - the line each value came from, 0 when the default holds. */
struct config_guest_lines {
	uint32_t section;
	uint32_t cpus;
	uint32_t memory;
	uint32_t kernel;
	uint32_t type;
	uint32_t load;
	uint32_t entry;
	uint32_t initrd;
	uint32_t modules;
	uint32_t cmdline;
	uint32_t autostart;
	uint32_t signature;
	uint32_t on_crash;
	uint32_t on_reboot;
	uint32_t depends_on;
	uint32_t uuid;
	uint32_t debugcon;
	uint32_t hpet;
};

/** struct config_guest - one section [guest NAME]. */
struct config_guest {
	char name[CONFIG_NAME_BYTES];
	struct cpu_set cpus;
	uint64_t memory_bytes;              /* multiple of CONFIG_MEMORY_UNIT */
	char kernel[CONFIG_PATH_BYTES];     /* ASCII; with backslashes, one in front */
	struct image_form form;             /* type, load and entry; default: all from the file */
	char initrd[CONFIG_PATH_BYTES];     /* "" for none */
	char modules[CONFIG_MODULES_BYTES]; /* as they were written; config_module_at() reads it */
	char cmdline[CONFIG_CMDLINE_BYTES];
	bool autostart;                  /* default yes */
	enum config_signature signature; /* default kvm */
	uint32_t crash_restarts; /* after crashes, since the operator started it; default 0 */
	bool reboot_restarts;    /* its own reboot starts it again; default yes */
	char depends_on[CONFIG_DEPENDS_BYTES]; /* as it was written */
	uint32_t depends;                      /* bit n: on guest n, not on itself in any way */
	uint8_t uuid[CONFIG_UUID_BYTES]; /* as it is written; default by config_uuid_derive() */
	bool debugcon;                   /* ports 0x402 and 0xE9 go to its log; default no */
	bool hpet;                       /* default no */
	struct config_guest_lines line;
};

/** struct config_image_lines - the line each value came from. */
struct config_image_lines {
	uint32_t section;
	uint32_t file;
};

/** struct config_image - one section [image NAME]: a file for `guest relaunch`. */
struct config_image {
	char name[CONFIG_NAME_BYTES];
	char file[CONFIG_PATH_BYTES]; /* as config_guest.kernel */
	struct config_image_lines line;
};

/** struct config - the whole file. About 90 KiB: never on a stack. */
struct config {
	struct config_monitor monitor;
	uint32_t guest_count;
	uint32_t image_count;
	struct config_guest guests[CONFIG_GUESTS_MAX];
	struct config_image images[CONFIG_IMAGES_MAX];
};

/**
 * config_parse() - read a whole config file.
 * @text:   its bytes; need not end with a NUL
 * @length: how many; more than CONFIG_FILE_BYTES_MAX is refused
 * @config: filled in, with defaults for what the file does not say
 * @report: gets a message for everything that is wrong; @report->file is set by the caller
 *
 * Goes on after an error, so that one run lists all of them. A file that is too long or not text
 * gets one message only. After an error @config holds what could be read and is good for nothing.
 *
 * Grammar: README.md, "Config reference".
 *
 * Return: OK, or E_INVALID when @report got a message.
 */
enum status config_parse(const char *text, size_t length, struct config *config,
			 struct report *report);
