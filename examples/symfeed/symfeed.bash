# SPDX-License-Identifier: Apache-2.0
#
# Completion of symfeed's commands and options for bash; `make codes` writes it from their tables.

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
        --agent | --session-token-file | --km-token-file | --user | --rsa-key | --pod | --key-manager | --client-cert | --client-key | --session-auth | --key-auth | --ca | --pin | --proxy | --first-wait | --max-wait | --window | --tokens | --log | --tag | --scopes | --state | --cookie-name | --types | --count | --exec | --exec-timeout | --config) skip='value of ' ;;
        'value of =') ;;
        'value of '*) skip='' ;;
        -*) ;;
        *) command=${command:-${COMP_WORDS[i]}} ;;
        esac
    done
    COMPREPLY=()
    case $before in
    --session-token-file | --km-token-file | --rsa-key | --client-cert | --client-key | --ca | --state | --config)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    --exec) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
    --log) mapfile -t COMPREPLY < <(compgen -W 'text journal json' -- "$word") ;;
    --types) _symfeed_list "$word" 'MESSAGESENT SHAREDPOST INSTANTMESSAGECREATED ROOMCREATED ROOMUPDATED ROOMDEACTIVATED ROOMREACTIVATED USERJOINEDROOM USERLEFTROOM ROOMMEMBERPROMOTEDTOOWNER ROOMMEMBERDEMOTEDFROMOWNER CONNECTIONREQUESTED CONNECTIONACCEPTED MESSAGESUPPRESSED SYMPHONYELEMENTSACTION USERREQUESTEDTOJOINROOM GENERICSYSTEMEVENT' ;;
    --scopes) _symfeed_list "$word" 'INTERNAL EXTERNAL FEDERATED' ;;
    --agent | --user | --pod | --key-manager | --session-auth | --key-auth | --pin | --proxy | --first-wait | --max-wait | --window | --tokens | --tag | --cookie-name | --count | --exec-timeout) ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_symfeed_options "$command")" -- "$word")
        elif [[ -z $command || $command == help ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'tail datahose legacy list create delete health info version help' -- "$word")
        fi
        ;;
    esac
}

# The last of some names between commas: $1 what is there, $2 the names.
_symfeed_list()
{
    local head=${1%"${1##*,}"}

    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -P "$head" -W "$2" -- "${1##*,}")
}

# The options of a command, or of all.
_symfeed_options()
{
    case $1 in
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
    esac
}

complete -F _symfeed symfeed
