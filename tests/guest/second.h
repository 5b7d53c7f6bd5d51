/* SPDX-License-Identifier: Apache-2.0 */
/* second.h: the second processor of a guest that has one. */
#pragma once

#include "tests/guest/lib.h"

/**
 * second_run() - let the second processor run @task from INIT and SIPI on, and wait until it is done.
 *
 * This processor's APIC is in x2APIC mode. Return: false when there is no second one, or it does not get done.
 */
bool second_run(void (*task)(void));
