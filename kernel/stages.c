/* SPDX-License-Identifier: Apache-2.0 */
/* stages.c: how long each stage of the start took. */
#include "kernel/stages.h"

#include "arch/cpu/insn.h"
#include "kernel/lib/log.h"

static uint64_t tsc_at[BOOT_STAGE_COUNT];

static const char *const names[BOOT_STAGE_COUNT] = {
	[BOOT_STAGE_EFI_MAIN] = "efi_main",
	[BOOT_STAGE_CONFIG] = "config read",
	[BOOT_STAGE_MACHINE] = "machine examined",
	[BOOT_STAGE_IMAGES] = "images read",
	[BOOT_STAGE_PLAN] = "plan made and claimed",
	[BOOT_STAGE_FIRMWARE_LEFT] = "firmware left",
	[BOOT_STAGE_PAGING] = "own page tables",
	[BOOT_STAGE_PROCESSORS] = "processors started",
	[BOOT_STAGE_LAST_GUEST] = "last guest entered",
};

void stages_init(const struct boot_info *info)
{
	for (unsigned i = 0; i < BOOT_STAGE_COUNT; i++) {
		tsc_at[i] = info->tsc_at[i];
	}
}

void stages_done(enum boot_stage stage)
{
	stages_done_at(stage, rdtsc());
}

void stages_done_at(enum boot_stage stage, uint64_t tsc)
{
	tsc_at[stage] = tsc;
}

void stages_log(void)
{
	uint64_t before = tsc_at[BOOT_STAGE_EFI_MAIN];

	for (unsigned i = BOOT_STAGE_EFI_MAIN + 1; i < BOOT_STAGE_COUNT; i++) {
		/* No guest is entered where none starts by itself. */
		if (tsc_at[i] == 0) {
			continue;
		}
		log_info("start: %-22s %12lu ticks, %12lu since efi_main", names[i],
			 tsc_at[i] - before, tsc_at[i] - tsc_at[BOOT_STAGE_EFI_MAIN]);
		before = tsc_at[i];
	}
}
