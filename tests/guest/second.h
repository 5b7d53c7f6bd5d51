/* SPDX-License-Identifier: Apache-2.0 */
/* second.h: the second processor of a guest that has one. */
#pragma once

#include "tests/guest/lib.h"

/**
 * second_begin() - let the second processor run @task from INIT and SIPI on.
 *
 * This processor's APIC is in x2APIC mode. Return: false when there is no second one.
 */
bool second_begin(void (*task)(void));

/** second_wait() - for the task's end. Return: false when it does not come. */
bool second_wait(void);

/**
 * second_run() - second_begin() and second_wait().
 */
bool second_run(void (*task)(void));
