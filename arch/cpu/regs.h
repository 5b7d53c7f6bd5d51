/* SPDX-License-Identifier: Apache-2.0 */
/* regs.h: bits of control registers, flags and descriptors (SDM Vol. 3A, "System Architecture Overview"). */
#pragma once

#include "kernel/lib/types.h"

#define CR0_PE ((uint64_t)1 << 0)
#define CR0_MP ((uint64_t)1 << 1)
#define CR0_EM ((uint64_t)1 << 2)
#define CR0_TS ((uint64_t)1 << 3)
#define CR0_ET ((uint64_t)1 << 4)
#define CR0_NE ((uint64_t)1 << 5)
#define CR0_WP ((uint64_t)1 << 16)
#define CR0_AM ((uint64_t)1 << 18)
#define CR0_NW ((uint64_t)1 << 29)
#define CR0_CD ((uint64_t)1 << 30)
#define CR0_PG ((uint64_t)1 << 31)

#define CR4_VME        ((uint64_t)1 << 0)
#define CR4_PVI        ((uint64_t)1 << 1)
#define CR4_TSD        ((uint64_t)1 << 2)
#define CR4_DE         ((uint64_t)1 << 3)
#define CR4_PSE        ((uint64_t)1 << 4)
#define CR4_PAE        ((uint64_t)1 << 5)
#define CR4_MCE        ((uint64_t)1 << 6)
#define CR4_PGE        ((uint64_t)1 << 7)
#define CR4_PCE        ((uint64_t)1 << 8)
#define CR4_OSFXSR     ((uint64_t)1 << 9)
#define CR4_OSXMMEXCPT ((uint64_t)1 << 10)
#define CR4_UMIP       ((uint64_t)1 << 11)
#define CR4_LA57       ((uint64_t)1 << 12)
#define CR4_VMXE       ((uint64_t)1 << 13)
#define CR4_FSGSBASE   ((uint64_t)1 << 16)
#define CR4_PCIDE      ((uint64_t)1 << 17)
#define CR4_OSXSAVE    ((uint64_t)1 << 18)
#define CR4_SMEP       ((uint64_t)1 << 20)
#define CR4_SMAP       ((uint64_t)1 << 21)

#define EFER_SCE ((uint64_t)1 << 0)
#define EFER_LME ((uint64_t)1 << 8)
#define EFER_LMA ((uint64_t)1 << 10)
#define EFER_NXE ((uint64_t)1 << 11)

#define RFLAGS_FIXED      ((uint64_t)1 << 1)
#define RFLAGS_CF         ((uint64_t)1 << 0)
#define RFLAGS_ZF         ((uint64_t)1 << 6)
#define RFLAGS_TF         ((uint64_t)1 << 8)
#define RFLAGS_IF         ((uint64_t)1 << 9)
#define RFLAGS_DF         ((uint64_t)1 << 10)
#define RFLAGS_NT         ((uint64_t)1 << 14)
#define RFLAGS_RF         ((uint64_t)1 << 16)
#define RFLAGS_VM         ((uint64_t)1 << 17)
#define RFLAGS_AC         ((uint64_t)1 << 18)
#define RFLAGS_IOPL_SHIFT 12

#define DR6_INIT    0xFFFF0FF0u
#define DR6_BS      ((uint64_t)1 << 14)
#define DR7_INIT    0x400u
#define DR7_ENABLES ((uint64_t)0xFF) /* L0, G0 to L3, G3 */
#define DR7_GD      ((uint64_t)1 << 13)

#define DEBUGCTL_LBR ((uint64_t)1 << 0)
#define DEBUGCTL_BTF ((uint64_t)1 << 1)

/* Exception vectors (SDM Vol. 3A, "Exception and Interrupt Reference"). */
enum vector {
	VECTOR_DB = 1,
	VECTOR_NMI = 2,
	VECTOR_BP = 3,
	VECTOR_OF = 4,
	VECTOR_UD = 6,
	VECTOR_DF = 8,
	VECTOR_TS = 10,
	VECTOR_NP = 11,
	VECTOR_SS = 12,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
	VECTOR_AC = 17,
	VECTOR_MC = 18,
};
