terraform {
  required_version = "~> 1.5.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 4.60"
    }
    # No resource uses it.
    time = {
      source = "hashicorp/time"
    }
    archive = {
      source = "hashicorp/archive"
    }
  }
  backend "s3" {
    bucket = "of-another-account"
    key    = "greeting"
    region = "eu-west-1"
  }
}

provider "aws" {
  region              = var.region
  profile             = "somebody"
  allowed_account_ids = ["999999999999"]
  assume_role {
    role_arn = "arn:aws:iam::999999999999:role/deployer"
  }
}

variable "region" {
  type = string
}

data "archive_file" "greeting" {
  type        = "zip"
  source_file = "${path.module}/greeting.py"
  output_path = "${path.module}/greeting.zip"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "greeting" {
  name               = "greeting"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_lambda_function" "greeting" {
  function_name    = "greeting"
  role             = aws_iam_role.greeting.arn
  runtime          = "python3.14"
  handler          = "greeting.handler"
  filename         = data.archive_file.greeting.output_path
  source_code_hash = data.archive_file.greeting.output_base64sha256
}

resource "aws_apigatewayv2_api" "http" {
  name          = "greeting"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "greeting" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.greeting.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "greeting" {
  api_id    = aws_apigatewayv2_api.http.id
  route_key = "GET /greeting/{name}"
  target    = "integrations/${aws_apigatewayv2_integration.greeting.id}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "http" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.greeting.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*/*"
}

output "url" {
  value = aws_apigatewayv2_api.http.api_endpoint
}
