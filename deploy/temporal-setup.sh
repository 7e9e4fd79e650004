#!/bin/sh
# Gives the Temporal server the namespace and the search attributes of orders. Safe to run again.
# The temporal command reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE itself.
set -eu

# A server that has just started, and a namespace that has just been made, are not there at once.
patiently() {
    tries=60
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 1
    done
}

search_attribute() {
    temporal operator search-attribute list | grep -qw "$1" ||
        temporal operator search-attribute create --name "$1" --type "$2"
}

patiently temporal operator cluster health
temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention 90d
for attribute in OrderState=Keyword OrderWaitsFor=Keyword OrderDeadline=Datetime OrderSince=Datetime \
    BuyerId=Keyword SellerId=Keyword MediatorId=Keyword; do
    patiently search_attribute "${attribute%=*}" "${attribute#*=}"
done
