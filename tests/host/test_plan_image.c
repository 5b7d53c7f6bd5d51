/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan_image.c: images held against a guest's RAM: on which line of the config it is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "kernel/plan_image.h"
#include "kernel/vdev/vacpi.h"
#include "kernel/vdev/vsmbios.h"

enum { KERNEL_BYTES = 4096, INITRD_BYTES = 20 << 20 };

static uint8_t file[KERNEL_BYTES];
static struct config_guest guest;
static struct plan_guest plan;
static struct boot_guest images;
static struct report report;
static struct plan_image image;

static void put(size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		file[at + i] = (uint8_t)(value >> (8 * i));
	}
}

/* A Linux kernel at 16 MiB that needs 8 MiB and takes 12 characters: 0x200 setup, 0x600 kernel. */
static void put_kernel(void)
{
	memset(file, 0, sizeof(file));
	put(0x1F1, 1, 1);
	put(0x1F4, 0x60, 4);
	put(0x1FE, 0xAA55, 2);
	put(0x200, 0x6AEB, 2);
	memcpy(file + 0x202, "HdrS", 4);
	put(0x206, 0x020F, 2);
	put(0x211, 1, 1);
	put(0x22C, 0x7FFFFFFF, 4);
	put(0x230, 0x200000, 4);
	put(0x234, 1, 1);
	put(0x236, 0x7F, 2);
	put(0x238, 12, 4);
	put(0x258, 16 << 20, 8);
	put(0x260, 8 << 20, 4);
}

/* Each key of guest "web" is on its own line; RAM is in one piece. */
static void begin(uint64_t memory)
{
	put_kernel();
	memset(&report, 0, sizeof(report));
	report.file = "muntin.conf";
	guest = (struct config_guest){
		.name = "web",
		.memory_bytes = memory,
		.kernel = "\\k",
		.cmdline = "quiet",
		.line = { .section = 1,
			  .memory = 2,
			  .kernel = 3,
			  .initrd = 4,
			  .cmdline = 5,
			  .modules = 6 },
	};
	plan = (struct plan_guest){ .ram_count = 1 };
	plan.ram[0] = (struct plan_ram){ gpa(0), hpa(4 * GIB), memory };
	images = (struct boot_guest){ .kernel = { file, KERNEL_BYTES } };
}

static void says(const char *const *lines, uint32_t count)
{
	plan_image_check(&guest, &plan, &images, &report);
	assert_int_equal(report.count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_string_equal(report.lines[i], lines[i]);
	}
}

static void images_that_fit_are_not_reported(void **state)
{
	(void)state;
	begin(64 * MIB);
	images.initrd = (struct image_file){ file, INITRD_BYTES };
	says(NULL, 0);
}

static void kernel_that_does_not_fit_is_reported_at_the_memory(void **state)
{
	static const char *const lines[] = {
		"muntin.conf:2: guest \"web\": the kernel needs 8192 KiB from 0x1000000 on: give "
		"the guest 24 MiB of memory or more; it has 22 MiB",
	};

	(void)state;
	begin(22 * MIB);
	says(lines, 1);
	begin(24 * MIB);
	says(NULL, 0);
}

static void initrd_that_does_not_fit_is_reported_at_the_memory(void **state)
{
	static const char *const lines[] = {
		"muntin.conf:2: guest \"web\": the kernel ends at 0x1800000, and the initrd needs "
		"20480 KiB below 4 GiB: give the guest 44 MiB of memory or more; it has 24 MiB",
	};

	(void)state;
	begin(24 * MIB);
	images.initrd = (struct image_file){ file, INITRD_BYTES };
	says(lines, 1);
}

static void initrd_larger_than_the_kernel_takes_is_reported_at_the_initrd(void **state)
{
	static const char *const lines[] = {
		"muntin.conf:4: guest \"web\": an initrd of 20480 KiB is too large: this kernel "
		"ends "
		"at 0x1800000 and takes none above 0x1ffffff (initrd_addr_max): use a smaller one",
	};

	(void)state;
	begin(64 * MIB);
	put(0x22C, 0x1FFFFFF, 4);
	images.initrd = (struct image_file){ file, INITRD_BYTES };
	says(lines, 1);
}

static void modules_of_a_linux_kernel_are_reported_at_their_line(void **state)
{
	static const struct image_module module = { .file = { file, 1 } };
	static const char *const lines[] = {
		"muntin.conf:6: guest \"web\": a Linux kernel takes no modules, only an initrd: "
		"leave "
		"`modules =` out",
	};

	(void)state;
	begin(64 * MIB);
	images.modules = &module;
	images.module_count = 1;
	says(lines, 1);
}

static void long_command_line_is_reported_at_its_own_line(void **state)
{
	static const char *const lines[] = {
		"muntin.conf:5: guest \"web\": the command line has 13 characters; this kernel "
		"takes "
		"12 at most: shorten it",
	};

	(void)state;
	begin(64 * MIB);
	strcpy(guest.cmdline, "console=ttyS0");
	says(lines, 1);
}

/* Everything wrong is listed at once. */
static void long_command_line_does_not_hide_too_little_memory(void **state)
{
	static const char *const lines[] = {
		"muntin.conf:5: guest \"web\": the command line has 13 characters; this kernel "
		"takes "
		"12 at most: shorten it",
		"muntin.conf:2: guest \"web\": the kernel needs 8192 KiB from 0x1000000 on: give "
		"the guest 24 MiB of memory or more; it has 22 MiB",
	};

	(void)state;
	begin(22 * MIB);
	strcpy(guest.cmdline, "console=ttyS0");
	says(lines, 2);
}

static void kernel_over_our_tables_is_reported_at_the_kernel(void **state)
{
	static const char *const lines[] = {
		"muntin.conf:3: guest \"web\": segment 0x2000 to 0x2100 overlaps 0x1000 to 0x6000, "
		"where the boot information lies: link the kernel elsewhere",
	};

	(void)state;
	begin(64 * MIB);
	/* Multiboot 1 with addresses: loaded to 0x2000, started there. */
	memset(file, 0, sizeof(file));
	put(0, 0x1BADB002, 4);
	put(4, 0x10000, 4);
	put(8, (uint32_t) - (0x1BADB002 + 0x10000), 4);
	put(12, 0x2000, 4);
	put(16, 0x2000, 4);
	put(20, 0x2100, 4);
	put(28, 0x2000, 4);
	says(lines, 1);
}

/* A file that is no kernel in any guest is the probe's to report, once. */
static void file_that_is_no_kernel_is_reported_by_the_probe_alone(void **state)
{
	(void)state;
	begin(64 * MIB);
	memset(file, 'x', sizeof(file));
	says(NULL, 0);
	plan_image_probe(&guest, &images, &report);
	assert_int_equal(report.count, 1);
	assert_non_null(strstr(report.lines[0],
			       "muntin.conf:3: \\k: not a kernel Muntin can boot: not a kernel"));
}

static void file_that_could_not_be_read_is_not_reported_again(void **state)
{
	(void)state;
	begin(64 * MIB);
	images.kernel = (struct image_file){ NULL, 0 };
	plan_image_probe(&guest, &images, &report);
	says(NULL, 0);
}

/* plan_make() has reported it then. */
static void guest_that_got_no_ram_is_not_reported_again(void **state)
{
	(void)state;
	begin(22 * MIB);
	plan.ram_count = 0;
	says(NULL, 0);
}

static void kernel_may_reach_over_pieces_that_the_guest_sees_as_one(void **state)
{
	(void)state;
	begin(18 * MIB);
	plan.ram[1] = (struct plan_ram){ gpa(18 * MIB), hpa(1 * GIB), 6 * MIB };
	plan.ram_count = 2;
	says(NULL, 0);
	plan_image_request(&plan, &images, guest.cmdline, &image);
	assert_int_equal(image.request.ram_count, 1);
	assert_int_equal(image.runs[0].bytes, 24 * MIB);
}

static void ram_behind_the_hole_is_a_run_of_its_own(void **state)
{
	struct image_ram runs[PLAN_RAM_MAX];

	(void)state;
	begin(3 * GIB);
	plan.ram[1] = (struct plan_ram){ gpa(4 * GIB), hpa(7 * GIB), 2 * MIB };
	plan.ram_count = 2;
	assert_int_equal(plan_ram_runs(&plan, runs), 2);
	assert_int_equal(runs[0].base.value, 0);
	assert_int_equal(runs[0].bytes, 3 * GIB);
	assert_int_equal(runs[1].base.value, 4 * GIB);
	assert_int_equal(runs[1].bytes, 2 * MIB);
}

/* Where vacpi_build() and vsmbios_build() put them; the RSDP is the first of them. */
static void acpi_and_smbios_tables_are_where_the_board_has_them(void **state)
{
	(void)state;
	begin(64 * MIB);
	plan_image_request(&plan, &images, guest.cmdline, &image);
	assert_int_equal(image.request.acpi_rsdp.value, VACPI_BASE);
	assert_int_equal(image.request.acpi_base, VACPI_BASE);
	assert_int_equal(image.request.acpi_bytes, 0x100000 - VACPI_BASE);
	assert_in_range(VSMBIOS_BASE, VACPI_BASE + VACPI_BYTES_MAX, 0xFFFFF);
	assert_ptr_equal(image.request.cmdline, guest.cmdline);
	assert_null(image.request.memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_that_fit_are_not_reported),
		cmocka_unit_test(kernel_that_does_not_fit_is_reported_at_the_memory),
		cmocka_unit_test(initrd_that_does_not_fit_is_reported_at_the_memory),
		cmocka_unit_test(initrd_larger_than_the_kernel_takes_is_reported_at_the_initrd),
		cmocka_unit_test(modules_of_a_linux_kernel_are_reported_at_their_line),
		cmocka_unit_test(long_command_line_is_reported_at_its_own_line),
		cmocka_unit_test(long_command_line_does_not_hide_too_little_memory),
		cmocka_unit_test(kernel_over_our_tables_is_reported_at_the_kernel),
		cmocka_unit_test(file_that_is_no_kernel_is_reported_by_the_probe_alone),
		cmocka_unit_test(file_that_could_not_be_read_is_not_reported_again),
		cmocka_unit_test(guest_that_got_no_ram_is_not_reported_again),
		cmocka_unit_test(kernel_may_reach_over_pieces_that_the_guest_sees_as_one),
		cmocka_unit_test(ram_behind_the_hole_is_a_run_of_its_own),
		cmocka_unit_test(acpi_and_smbios_tables_are_where_the_board_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
