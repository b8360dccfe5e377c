/** SSM's parameters. */
export interface ParameterStore {
  has(name: string): Promise<boolean>;
  put(name: string, value: string): Promise<void>;
}

/** The parameters of an emulator, which takes requests with any signature. */
export class EmulatorParameters implements ParameterStore {
  constructor(
    private readonly endpoint: string,
    private readonly region: string,
  ) {}

  async has(Name: string): Promise<boolean> {
    const { status, text } = await this.call("GetParameter", { Name });
    if (status === 200) return true;
    if (text.includes("ParameterNotFound")) return false;
    throw new Error(`The emulator does not read the parameter ${Name}: ${text}`);
  }

  async put(Name: string, Value: string): Promise<void> {
    const { status, text } = await this.call("PutParameter", { Name, Value, Type: "SecureString", Overwrite: true });
    if (status !== 200) throw new Error(`The emulator does not take the parameter ${Name}: ${text}`);
  }

  private async call(operation: string, body: object) {
    const scope = `test/20200101/${this.region}/ssm/aws4_request`;
    const response = await fetch(this.endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AmazonSSM.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  }
}
