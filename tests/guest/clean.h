/* SPDX-License-Identifier: Apache-2.0 */
/* clean.h: whether a guest finds its processor and RAM as after power-on, and how to leave them otherwise. */
#pragma once

#include "tests/guest/lib.h"

/**
 * clean_check() - at the start of a guest, before it sets anything up: print what is not as it should be.
 * @who:  begins each line
 * @from: end of what the boot loader put behind the guest's image, or 0
 * @top:  end of the guest's RAM
 *
 * The last line is "WHO: all clean" or "WHO: N things are not clean".
 */
void clean_check(const char *who, uint32_t from, uint32_t top);

/**
 * clean_dirty() - change all that clean_check() looks at.
 * @top: end of the guest's RAM
 *
 * Interrupts are off afterwards, one is in service and one is pending; the guest is good for nothing then.
 */
void clean_dirty(uint32_t top);
