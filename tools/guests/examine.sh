#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examine: Linux examines the machine it runs on, with Debian's programs. A line `examine: NAME VERDICT WORDS` for each
# thing: ok, fail, or skip when the program says that this machine or kernel has no such thing.
PATH=/bin
mkdir -p /tmp/examine
cd /tmp/examine || exit 1

# The last words of a log, in one line.
words() {
	tail -n 2 "$1" | tr '\n' ' ' | tr -cd ' -~' | cut -c1-160
}

say() {
	echo "examine: $*"
}

# NAME COMMAND...: ok when it ends with 0.
try() {
	name=$1
	shift
	if "$@" >"$name.log" 2>&1; then
		say "$name" ok
	else
		say "$name" fail "$(words "$name.log")"
	fi
}

# --- SMBIOS
structure() {
	dmidecode -t "$1" | grep "DMI type $1,"
}

flawless() {
	dmidecode >dmi.text || return 1
	! grep -E '<OUT OF SPEC>|<BAD INDEX>|Wrong DMI|Invalid entry|broken|TRUNCATED' dmi.text
}

# --- ACPI: every table is disassembled and assembled again, and comes out as it went in.
round_trip() {
	iasl -p "$1" -d "$1.dat" >"$1.iasl" 2>&1 || return 1
	! grep -iE 'error|warning|invalid|checksum' "$1.iasl" || return 1
	case $1 in
	facs) return 0 ;; # nothing to compile: iasl writes its checksum where none belongs
	esac
	iasl -oa -p "$1_new" "$1.dsl" >"$1.iasl" 2>&1 || return 1
	grep -E '^(Error|Warning) ' "$1.iasl" && return 1
	same_table "$1.dat" "$1_new.aml"
}

# The compiler's name and version are its own (ACPI Specification, "System Description Table Header": 28 to 35), and
# the checksum counts them.
same_table() {
	[ -s "$2" ] && cmp -l "$1" "$2" | awk '$1 != 10 && ($1 < 29 || $1 > 36) { print "byte", $1; bad = 1 } END { exit bad }'
}

acpi() {
	try acpidump acpidump -b
	for table in *.dat; do
		[ -e "$table" ] && try "acpi_${table%.dat}" round_trip "${table%.dat}"
	done
}

# --- Processors
cpuid_twice() {
	cpuid -r >by_instruction && cpuid -r -k >by_module && cmp by_instruction by_module
}

apic_ids() {
	grep '^apicid' /proc/cpuinfo | awk '{ print $3 }' >kernel.ids
	for id in $(cpuid -l 0xb -r | sed -n 's/.* 0x00: .*edx=//p'); do
		echo $((id))
	done >leaf.ids
	cat kernel.ids leaf.ids
	cmp kernel.ids leaf.ids
}

msr_moves() {
	first=$(rdmsr -d 0x10) && second=$(rdmsr -d 0x10) && [ "$second" -gt "$first" ]
}

# The same in all processors, as Linux needs it.
msr_same() {
	rdmsr -a "$1" >"msr.$1" && cat "msr.$1" && [ "$(sort -u "msr.$1" | wc -l)" = 1 ]
}

msr_unknown() {
	! rdmsr 0x12345678
}

# Behind is what was there.
msr_written() {
	old=$(rdmsr 0x277) && wrmsr 0x277 0x0007040600070404 && [ "$(rdmsr 0x277)" = 7040600070404 ] &&
		wrmsr 0x277 "0x$old" && [ "$(rdmsr 0x277)" = "$old" ]
}

msr_reserved() {
	! wrmsr 0x277 0x0202020202020202
}

again_online() {
	for _ in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu1/online || return 1
		[ "$(nproc)" = 1 ] || return 1
		echo 1 >/sys/devices/system/cpu/cpu1/online || return 1
		[ "$(nproc)" = 2 ] || return 1
	done
}

# --- PCI
both_ways() {
	lspci -A linux-sysfs -xxx -n >by_kernel && lspci -A intel-conf1 -xxx -n >by_ports && cmp by_kernel by_ports
}

# --- Clocks
rtc_is_right() {
	drift=$(($(date +%s) - $(cat /sys/class/rtc/rtc0/since_epoch)))
	echo "drift $drift"
	[ "$drift" -ge -2 ] && [ "$drift" -le 2 ]
}

# /dev/rtc's alarm, by the kernel's own path: the machine wakes nobody, but the interrupt comes.
rtc_alarm() {
	before=$(awk '/rtc/ { print $2 + $3 }' /proc/interrupts)
	echo +2 >/sys/class/rtc/rtc0/wakealarm || return 1
	sleep 4
	after=$(awk '/rtc/ { print $2 + $3 }' /proc/interrupts)
	echo "$before $after"
	[ "$after" -gt "$before" ]
}

tsc_is_stable() {
	! dmesg | grep -iE 'tsc.*unstable|clocksource.*(unstable|skew)|TSC ADJUST differs'
}

quiet_kernel() {
	! dmesg | grep -E 'BUG|Oops|Call Trace|lockup|stall|WARNING: CPU'
}

# --- stress-ng: CLASS STRESSOR OPERATIONS...; all of a class at once, each verifies what it computes.
SMALL='--mmap-bytes 4M --mremap-bytes 4M --vm-bytes 8M --malloc-bytes 64K'
stress() {
	class=$1
	shift
	options=
	while [ $# -gt 0 ]; do
		options="$options --$1 1 --$1-ops $2"
		shift 2
	done
	# shellcheck disable=SC2086
	stress-ng --verify --timeout 120 --temp-path /tmp $SMALL $options >"stress_$class.log" 2>&1
	status=$?
	skipped=$(grep -iE 'skip|not ' "stress_$class.log" | sed 's/^.*\] *//' | tr '\n' ';' | cut -c1-160)
	if [ $status = 0 ]; then
		say "stress_$class" ok "$skipped"
	else
		say "stress_$class" fail "$(grep -i fail "stress_$class.log" | tr '\n' ' ' | cut -c1-160)"
	fi
}

# The kernel's self-tests: 4 says that there is no such thing here (kselftest.h, KSFT_SKIP).
selftest() {
	name=$1
	"$@" >"selftest_$name.log" 2>&1
	case $? in
	0) say "selftest_$name" ok ;;
	4) say "selftest_$name" skip "$(words "selftest_$name.log")" ;;
	*) say "selftest_$name" fail "$(grep -iE 'fail|error|not ok' "selftest_$name.log" | tail -n 3 | tr '\n\t' '  ' | cut -c1-160)" ;;
	esac
}

insmod /lib/msr.ko
insmod /lib/cpuid.ko
try dmi_flawless flawless
for type in 0 1 4 16 17 19 32 127; do
	try "dmi_type_$type" structure "$type"
done
acpi
try cpuid_twice cpuid_twice
try cpuid_apic_ids apic_ids
try msr_tsc_moves msr_moves
for msr in 0xfe 0x174 0x277 0x2ff 0xc0000080 0xc0000081; do
	try "msr_same_$msr" msr_same $msr
done
try msr_unknown_faults msr_unknown
try msr_pat_written msr_written
try msr_pat_reserved_faults msr_reserved
try pci_both_ways both_ways
try cpu_offline_online again_online
try rtc_is_right rtc_is_right
try rtc_alarm rtc_alarm
stress processors cpu 20 atomic 5 bsearch 1 fp 1 getrandom 10 hash 10 icache 1 matrix 2 nop 50 rdrand 10 \
	sigfpe 100 sigsegv 100 sigtrap 100 tsc 50 vecmath 5 x86syscall 50
stress clocks alarm 1 clock 20 itimer 20 nanosleep 2 rtc 2 timer 200 timerfd 200
stress memory cache 1 malloc 100 memcpy 1 membarrier 10 mmap 1 mremap 2 tlb-shootdown 2 vm 100
for test in posix_timers nanosleep mqueue-lat rtcpie "inconsistency-check -t 1" "threadtest -t 3"; do
	# shellcheck disable=SC2086
	selftest $test
done
# These sleep most of their two minutes.
for test in nsleep-lat set-timer-lat raw_skew; do
	selftest $test &
done
wait
try tsc_is_stable tsc_is_stable
try quiet_kernel quiet_kernel
say done
