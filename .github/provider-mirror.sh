#!/bin/sh
# provider-mirror.sh VERSION FOLDER: makes a mirror of Terraform's providers with one version of the AWS provider, and prints
# the variable with which the commands and the tests use it. Terraform's plugin cache has the layout of an unpacked mirror,
# which a run links to; it would unpack one of `terraform providers mirror` again and again.
set -eu
mkdir -p "$2"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/main.tf" << EOF
terraform {
  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
    aws = {
      source  = "hashicorp/aws"
      version = "$1"
    }
  }
}
EOF
TF_PLUGIN_CACHE_DIR="$2" terraform -chdir="$work" init -backend=false >&2
echo "TF_PROVIDER_MIRROR=$2"
