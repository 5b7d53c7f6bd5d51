/* SPDX-License-Identifier: Apache-2.0 */
/* stages.h: how long each stage of the start took. */
#pragma once

#include "kernel/boot_info.h"

/** stages_init() - go on from the boot room's figures. */
void stages_init(const struct boot_info *info);

/** stages_done() - @stage is over now; of several calls the last one counts. */
void stages_done(enum boot_stage stage);

/** stages_done_at() - @stage was over when the TSC was @tsc. */
void stages_done_at(enum boot_stage stage, uint64_t tsc);

/** stages_log() - log all stages. */
void stages_log(void);
