/* SPDX-License-Identifier: Apache-2.0 */
/* config_depends.h: which guests a guest waits for. */
#pragma once

#include "kernel/config.h"

/**
 * config_depends_resolve() - turn every `depends-on` into config_guest.depends.
 * @config: all sections are read
 * @report: gets a message for each name that is no other guest's, and for each circle
 */
void config_depends_resolve(struct config *config, struct report *report);
