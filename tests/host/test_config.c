/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c: what config_parse() takes, and what it says about what it does not take. */
#include "kernel/config_key.h"
#include "tests/host/config_reading.h"

static char big[CONFIG_FILE_BYTES_MAX + 2];

static void smallest_config_has_the_defaults(void **state)
{
	(void)state;
	takes(GOOD_GUEST);
	const struct config_guest *guest = &config.guests[0];
	assert_int_equal(config.guest_count, 1);
	assert_string_equal(guest->name, "a");
	assert_int_equal(cpu_set_count(&guest->cpus), 1);
	assert_true(cpu_set_has(&guest->cpus, 1));
	assert_int_equal(guest->memory_bytes, 64 * MIB);
	assert_string_equal(guest->kernel, "\\k");
	assert_string_equal(guest->initrd, "");
	assert_string_equal(guest->cmdline, "");
	assert_true(guest->autostart);
	assert_int_equal(guest->signature, CONFIG_SIGNATURE_KVM);
	assert_false(guest->debugcon);
	assert_false(guest->hpet);
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_COM1);
	assert_int_equal(config.monitor.speed, 115200);
}

static void every_key_is_read(void **state)
{
	(void)state;
	takes("[monitor]\nconsole = com2\nspeed = 9600\n"
	      "[guest x-1_Y]\ncpus = 1-2,5\nmemory = 2G\nkernel = EFI/a\ninitrd = \\b\\c\n"
	      "cmdline = a b\nautostart = no\nsignature = native\ndebugcon = yes\nhpet = yes\n");
	const struct config_guest *guest = &config.guests[0];
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_COM2);
	assert_int_equal(config.monitor.speed, 9600);
	assert_string_equal(guest->name, "x-1_Y");
	assert_int_equal(guest->cpus.words[0], 1 << 1 | 1 << 2 | 1 << 5);
	assert_int_equal(guest->memory_bytes, 2 * GIB);
	assert_string_equal(guest->kernel, "\\EFI\\a");
	assert_string_equal(guest->initrd, "\\b\\c");
	assert_string_equal(guest->cmdline, "a b");
	assert_false(guest->autostart);
	assert_int_equal(guest->signature, CONFIG_SIGNATURE_NATIVE);
	assert_true(guest->debugcon);
	assert_true(guest->hpet);
}

static void every_word_means_its_value(void **state)
{
	(void)state;
	takes("[monitor]\nconsole = none\n" GOOD_GUEST "signature = muntin\nautostart = yes\n");
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_NONE);
	assert_int_equal(config.guests[0].signature, CONFIG_SIGNATURE_MUNTIN);
	assert_true(config.guests[0].autostart);
	takes("[monitor]\nconsole = com1\n" GOOD_GUEST "signature = kvm\n");
	assert_int_equal(config.monitor.console, CONFIG_CONSOLE_COM1);
	assert_int_equal(config.guests[0].signature, CONFIG_SIGNATURE_KVM);
}

static void lines_of_values_are_kept(void **state)
{
	(void)state;
	takes("\n[monitor]\nspeed = 1200\n\n[guest a]\n# x\nkernel = k\ncpus = 1\nmemory = 2M\n");
	assert_int_equal(config.monitor.line.section, 2);
	assert_int_equal(config.monitor.line.speed, 3);
	assert_int_equal(config.monitor.line.console, 0);
	assert_int_equal(config.guests[0].line.section, 5);
	assert_int_equal(config.guests[0].line.kernel, 7);
	assert_int_equal(config.guests[0].line.cpus, 8);
	assert_int_equal(config.guests[0].line.memory, 9);
	assert_int_equal(config.guests[0].line.initrd, 0);
}

static void startup_and_panic_settings_are_read(void **state)
{
	(void)state;
	takes(GOOD_GUEST);
	assert_string_equal(config.monitor.startup, "");
	assert_int_equal(config.monitor.on_panic, CONFIG_PANIC_HALT);
	takes("[monitor]\nstartup = \"guest list; guest console a\"\non-panic = "
	      "reboot\n" GOOD_GUEST);
	assert_string_equal(config.monitor.startup, "guest list; guest console a");
	assert_int_equal(config.monitor.on_panic, CONFIG_PANIC_REBOOT);
	takes("[monitor]\non-panic = halt\n" GOOD_GUEST);
	assert_int_equal(config.monitor.on_panic, CONFIG_PANIC_HALT);
	refuses("[monitor]\non-panic = stop\n" GOOD_GUEST, 2, "write halt or reboot");
	char text[400];
	snprintf(text, sizeof(text), "[monitor]\nstartup = %0256d\n" GOOD_GUEST, 0);
	refuses(text, 2, "at most 255 characters");
}

static void everything_wrong_is_listed_at_once(void **state)
{
	(void)state;
	parse("[monitor]\nspeed = 1\nconsol = com1\n[guest a]\ncpus = 2-1\nmemory = 5\n"
	      "nonsense\n[guest a]\ncpus = 1\nmemory = 2M\n");
	assert_int_equal(report.count, 8);
}

static void errors_beyond_the_list_still_fail(void **state)
{
	(void)state;
	memset(big, 0, sizeof(big));
	memcpy(big, GOOD_GUEST, sizeof(GOOD_GUEST) - 1);
	for (unsigned i = 0; i < 100; i++) {
		memcpy(big + strlen(big), "x = 1\n", 6);
	}
	assert_int_equal(parse(big), E_INVALID);
	assert_int_equal(report.count, REPORT_LINES_MAX);
	assert_int_equal(report.dropped, 100 - REPORT_LINES_MAX);
	/* A report that is full already must not make a bad file look good. */
	assert_int_equal(config_parse("", 0, &config, &report), E_INVALID);
}

static size_t read_text(const char *name)
{
	FILE *file = fopen(name, "rb");

	if (file == NULL) {
		fail_msg("%s: not found; run the tests in the repository's root", name);
	}
	memset(big, 0, sizeof(big));
	size_t length = fread(big, 1, sizeof(big) - 1, file);
	fclose(file);
	return length;
}

static void flat_file_needs_its_address_and_no_other_may_have_one(void **state)
{
	(void)state;
	takes(GOOD_GUEST "type = flat\nload = 0x7C00\nentry = real\n");
	assert_int_equal(config.guests[0].form.kind, IMAGE_FLAT);
	assert_int_equal(config.guests[0].form.load, 0x7C00);
	assert_true(config.guests[0].form.real);
	takes(GOOD_GUEST "type = pvh\n");
	assert_int_equal(config.guests[0].form.kind, IMAGE_PVH);
	refuses_key("type = bzimage", "write auto, linux, pvh, multiboot, multiboot2, elf or flat");
	refuses_key("type = flat", "load = ADDRESS");
	refuses_key("load = 0x7c00", "for flat files");
	refuses_key("entry = real", "for flat files");
	refuses_key("load = 31744\ntype = flat", "no hexadecimal number");
	refuses_key("load = 0x\ntype = flat", "no hexadecimal number");
	refuses_key("load = 0x7c0g\ntype = flat", "no hexadecimal number");
	refuses_key("load = 0x100000000\ntype = flat", "not below 4 GiB");
	refuses_key("load = 0x00000000000000001\ntype = flat", "no hexadecimal number");
}

static void example_config_is_good_and_has_every_key(void **state)
{
	size_t count;
	const struct config_key *keys = config_keys(&count);

	(void)state;
	size_t length = read_text("docs/muntin.conf.example");
	assert_int_equal(parse_bytes(big, length), OK);
	for (size_t i = 0; i < count; i++) {
		void *const targets[] = {
			[CONFIG_SECTION_MONITOR] = &config.monitor,
			[CONFIG_SECTION_GUEST] = &config.guests[0],
			[CONFIG_SECTION_IMAGE] = &config.images[0],
		};

		/* Only a flat guest has load and entry; the second is one. */
		if (*config_key_line(&keys[i], targets[keys[i].section]) == 0 &&
		    (keys[i].section != CONFIG_SECTION_GUEST ||
		     *config_key_line(&keys[i], &config.guests[1]) == 0)) {
			fail_msg("docs/muntin.conf.example has no %s", keys[i].name);
		}
	}
}

static void reference_has_a_row_for_every_key(void **state)
{
	size_t count;
	const struct config_key *keys = config_keys(&count);

	(void)state;
	read_text("README.md");
	for (size_t i = 0; i < count; i++) {
		static const char *const sections[] = {
			[CONFIG_SECTION_MONITOR] = "[monitor]",
			[CONFIG_SECTION_GUEST] = "[guest NAME]",
			[CONFIG_SECTION_IMAGE] = "[image NAME]",
		};
		char row[64];

		snprintf(row, sizeof(row), "| `%s` | `%s` |", sections[keys[i].section],
			 keys[i].name);
		if (strstr(big, row) == NULL) {
			fail_msg("README.md has no row %s", row);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest_config_has_the_defaults),
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(every_word_means_its_value),
		cmocka_unit_test(lines_of_values_are_kept),
		cmocka_unit_test(startup_and_panic_settings_are_read),
		cmocka_unit_test(everything_wrong_is_listed_at_once),
		cmocka_unit_test(errors_beyond_the_list_still_fail),
		cmocka_unit_test(flat_file_needs_its_address_and_no_other_may_have_one),
		cmocka_unit_test(example_config_is_good_and_has_every_key),
		cmocka_unit_test(reference_has_a_row_for_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
