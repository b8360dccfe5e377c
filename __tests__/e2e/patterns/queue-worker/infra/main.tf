# The code is beside this folder, and the role has one of AWS's managed policies.
module "worker" {
  source = "../worker-module"
  code   = "${path.module}/../worker"
}

output "queue" {
  value = module.worker.queue
}
