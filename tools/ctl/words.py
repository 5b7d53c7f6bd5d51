# SPDX-License-Identifier: Apache-2.0
"""Words of this shell to a line of the monitor, and what could come next on it.

The commands and their arguments are asked from the monitor (`help --json`), so there is no second list.
"""
import json

from ctl.trouble import STATUS_USAGE, Trouble


def quote(word):
    """A word as the monitor reads it."""
    if '"' in word:
        raise Trouble(f"{word!r}: the monitor's words cannot have a double quote in them",
                      STATUS_USAGE)
    return f'"{word}"' if word == "" or " " in word or ";" in word else word


def to_line(words):
    """Words to a line."""
    return " ".join(quote(word) for word in words)


def tokens(usage):
    """The tokens of a usage text (kernel/monitor/usage.h), an option and its value being one."""
    found = []
    for part in usage.split():
        if found and found[-1].startswith("[") and not found[-1].endswith("]"):
            found[-1] += " " + part
        else:
            found.append(part)
    return found


def argument_choices(usage, given, names):
    """What may stand behind the arguments `given`."""
    all_tokens = tokens(usage)
    options = [t.strip("[]").split() for t in all_tokens if t.startswith("[-")]
    places = [t.strip("[]") for t in all_tokens if not t.startswith("[-")]
    values = {option[0]: option[1] for option in options if len(option) > 1}
    if given and given[-1] in values:
        return kind_choices(values[given[-1]], names)
    used = 0
    for before, word in zip([""] + given, given):
        used += not word.startswith("-") and before not in values
    choices = [option[0] for option in options if option[0] not in given]
    if used < len(places):
        choices += kind_choices(places[used], names)
    return choices


def kind_choices(token, names):
    """What a token can be."""
    if "|" in token or token.islower():
        return token.split("|")
    return names() if token.rstrip(".") == "NAME" else []


def choices(rows, words, names):
    """What the last of `words` could be: rows is the answer to `help --json`."""
    before, last = words[:-1], words[-1]
    found = []
    for row in rows:
        name = row["words"].split()
        if before[:len(name)] == name:
            given = before[len(name):]
            found += argument_choices(row["usage"], given, names)
            found += ["--json"] if row["json"] and "--json" not in given else []
        elif name[:len(before)] == before:
            found.append(name[len(before)])
    return sorted({word for word in found if word.startswith(last)})


def complete(session, words):
    """Ask the monitor; nothing when it cannot be asked."""
    def ask(command):
        reply = session.run(command)
        return json.loads(reply.output) if reply.status == 0 and reply.output else []

    return choices(ask("help --json"), words,
                   lambda: [guest["name"] for guest in ask("guest list --json")])


# COMP_WORDS would cut unix:PATH at its colon.
BASH = r"""# Completion of muntinctl for bash: source <(muntinctl completion)
_muntinctl() {
	local words at=1
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *" " ]] && words+=("")
	while [[ $at -lt $((${#words[@]} - 1)) && ${words[at]} == -* ]]; do
		case ${words[at]} in
		-d | -s | --device | --speed | --timeout | --escape | --password-file) at=$((at + 2)) ;;
		*) at=$((at + 1)) ;;
		esac
	done
	mapfile -t COMPREPLY < <("${words[@]:0:at}" --timeout 2 complete "${words[@]:at}" 2>/dev/null)
}
complete -F _muntinctl muntinctl
"""
