/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_guest.h: what commands about guests share. */
#pragma once

#include "kernel/partition_view.h"

/** guest_from_argument() - the guest called @name; NULL after saying that there is none, and which there are. */
struct partition *guest_from_argument(const char *name);
