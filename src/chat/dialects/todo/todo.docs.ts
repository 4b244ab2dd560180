export const TODO_DESCRIPTION = `
Every frame is \`data: {json}\` and an empty line: \`start{conversation_id}\`, \`text{content}\` …, \`done\`, or \`error{message}\` in place of \`done\`; then
\`data: [DONE]\`. \`done\` is sent when the answer is stored and charged. After \`error\` the connection ends without the end of its body, so that a reader
that looks at nothing else fails too. \`userId\` must be your own id, or what an external issuer calls you.`;

export const TODO_TOOLS_DESCRIPTION = `${TODO_DESCRIPTION}
Behind \`start\` comes a first \`thinking{message}\`, and between the pieces of text stand \`thinking{message}\`, \`tool_call{name,arguments}\` and \`tool_result{name,result}\`.`;

export const TODO_STREAM_EXAMPLE = `data: {"type":"start","conversation_id":"0199a1c2-1111-7abc-8def-000000000001"}

data: {"type":"tool_call","name":"add_task","arguments":"{\\"title\\":\\"buy milk\\"}"}

data: {"type":"text","content":"I added “buy milk” as task 1."}

data: {"type":"done"}

data: [DONE]

`;
