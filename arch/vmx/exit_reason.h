/* SPDX-License-Identifier: Apache-2.0 */
/* exit_reason.h: the basic VM-exit reasons and their names. */
#pragma once

#include "kernel/lib/types.h"

/** EXIT_REASON_COUNT - one more than the highest basic exit reason of the manual's edition that README names. */
enum { EXIT_REASON_COUNT = 80 };

/**
 * exit_reason_name() - the manual's name of a basic exit reason.
 *
 * Return: never NULL; "reserved" for a number the manual does not use.
 * Source: SDM Vol. 3D, Appendix C "VMX Basic Exit Reasons".
 */
const char *exit_reason_name(uint32_t reason);
