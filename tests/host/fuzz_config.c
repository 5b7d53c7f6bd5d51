/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_config.c: any bytes as a config: no crash, and what is planned from them keeps the rules. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/config.h"
#include "kernel/plan.h"
#include "tests/host/plan_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config config;
static struct plan plan;
static struct report report;

/* Torn memory, so that pieces, the hole and both alignments come up. */
static const struct machine machine = {
	.cpu_count = 8,
	.range_count = 6,
	.cpus = { { 0 }, { 2 }, { 4 }, { 6 }, { 8 }, { 10 }, { 12 }, { 14 } },
	.ranges = {
		{ { 0 }, 640 * KIB },
		{ { 1 * MIB }, 63 * MIB },
		{ { 65 * MIB + 4 * KIB }, 3 * MIB },
		{ { 128 * MIB }, 1 * GIB + 12 * KIB },
		{ { 2 * GIB }, 1 * GIB },
		{ { 4 * GIB }, 6 * GIB },
	},
};

static void require(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	report.count = 0;
	report.dropped = 0;
	report.file = "fuzz";
	enum status status = config_parse((const char *)data, size, &config, &report);
	require((status == OK) == report_empty(&report), "status and report differ");
	if (status != OK) {
		/* The boot room asks for a plan all the same, to list everything at once. */
		plan_make(&config, &machine, &plan, &report);
		return 0;
	}
	require(config.guest_count > 0 && config.guest_count <= CONFIG_GUESTS_MAX, "guest count");
	status = plan_make(&config, &machine, &plan, &report);
	require((status == OK) == report_empty(&report), "status and report of the plan differ");
	if (status == OK) {
		const char *wrong = plan_check(&config, &machine, &plan);

		require(wrong == NULL, wrong);
	}
	return 0;
}
