#!/bin/sh
# Gives the Temporal server the namespace and the search attributes of orders. Safe to run again.
set -eu

temporal operator namespace describe -n "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention 90d

known=$(temporal operator search-attribute list -n "$TEMPORAL_NAMESPACE")
for attribute in OrderState=Keyword OrderWaitsFor=Keyword OrderDeadline=Datetime BuyerId=Keyword SellerId=Keyword; do
    name=${attribute%=*}
    if ! echo "$known" | grep -qw "$name"; then
        temporal operator search-attribute create -n "$TEMPORAL_NAMESPACE" \
            --name "$name" --type "${attribute#*=}"
    fi
done
