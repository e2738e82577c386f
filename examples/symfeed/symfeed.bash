# SPDX-License-Identifier: Apache-2.0
#
# Completion of symfeed's commands and options for bash.

_symfeed()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command='' skip='' i

    # --option=value is three words here.
    if [[ $word == = ]]; then
        word=''
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case $skip${COMP_WORDS[i]} in
        'value of =') ;;
        'value of '*) skip='' ;;
        -*) ! _symfeed_is "${COMP_WORDS[i]}" VALUED || skip='value of ' ;;
        *) command=${command:-${COMP_WORDS[i]}} ;;
        esac
    done
    COMPREPLY=()
    case $before in
    --exec) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
    --log) mapfile -t COMPREPLY < <(compgen -W "$(_symfeed_words FORMATS)" -- "$word") ;;
    --types) _symfeed_list "$word" "$(_symfeed_words TYPES)" ;;
    --scopes) _symfeed_list "$word" 'INTERNAL EXTERNAL FEDERATED' ;;
    *)
        if _symfeed_is "$before" FILES; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        elif _symfeed_is "$before" VALUED; then
            :
        elif [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_symfeed_words "$command")" -- "$word")
        elif [[ -z $command || $command == help ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_symfeed_words COMMANDS)" -- "$word")
        fi
        ;;
    esac
}

# Whether $1 is one of the words $2.
_symfeed_is()
{
    [[ " $(_symfeed_words "$2") " == *" $1 "* ]]
}

# The last of some names between commas: $1 what is there, $2 the names.
_symfeed_list()
{
    local head=${1%"${1##*,}"}

    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$2" -- "${1##*,}")
}

# COMMANDS; the names for FORMATS of messages and for TYPES; the options that are VALUED, and those whose
# values are FILES; or the options of a command, or of all.
_symfeed_words()
{
    case $1 in
    # words: begin of what `make codes` writes
    COMMANDS) echo 'tail datahose legacy list create delete health info version help' ;;
    FORMATS) echo 'text journal json' ;;
    TYPES) echo 'MESSAGESENT SHAREDPOST INSTANTMESSAGECREATED ROOMCREATED ROOMUPDATED ROOMDEACTIVATED ROOMREACTIVATED USERJOINEDROOM USERLEFTROOM ROOMMEMBERPROMOTEDTOOWNER ROOMMEMBERDEMOTEDFROMOWNER CONNECTIONREQUESTED CONNECTIONACCEPTED MESSAGESUPPRESSED SYMPHONYELEMENTSACTION USERREQUESTEDTOJOINROOM GENERICSYSTEMEVENT' ;;
    VALUED) echo '--agent --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --log --tag --scopes --state --cookie-name --types --count --exec --exec-timeout --config' ;;
    FILES) echo '--session-token-file --km-token-file --rsa-key --client-cert --client-key --ca --state --config' ;;
    tail) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --tag --reclaim --include-invisible --no-presence --types --json --count --exec --exec-timeout --config --stats --help --version' ;;
    datahose) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --tag --no-presence --fanout --scopes --types --json --count --exec --exec-timeout --config --stats --help --version' ;;
    legacy) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --state --cookie-name --types --json --count --exec --exec-timeout --config --stats --help --version' ;;
    list) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --tag --config --stats --help --version' ;;
    create) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --tag --reclaim --include-invisible --config --stats --help --version' ;;
    delete) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --config --stats --help --version' ;;
    health) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --config --stats --help --version' ;;
    info) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --config --stats --help --version' ;;
    version) echo '--help --version' ;;
    help) echo '--help --version' ;;
    *) echo '--agent --insecure-http --session-token-file --km-token-file --user --rsa-key --pod --key-manager --client-cert --client-key --session-auth --key-auth --ca --pin --proxy --first-wait --max-wait --window --tokens --verbose --quiet --log --tag --reclaim --include-invisible --no-presence --fanout --scopes --state --cookie-name --types --json --count --exec --exec-timeout --config --stats --help --version' ;;
    # words: end of what `make codes` writes
    esac
}

complete -F _symfeed symfeed
