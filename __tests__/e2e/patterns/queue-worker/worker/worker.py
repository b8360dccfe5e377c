def handler(event, context):
    print(f"{len(event['Records'])} jobs")
