/* SPDX-License-Identifier: Apache-2.0 */
/* lock_vmx.c: does what some firmware does: switches VT-x off, locks that, and starts Muntin. */
#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "tests/boot/shim/chain.h"

enum { LOCKED_AND_OFF = 1 };

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	wrmsr(MSR_IA32_FEATURE_CONTROL, LOCKED_AND_OFF);
	say(system, L"lock_vmx: VMX is off and locked");
	return chain(image, system);
}
