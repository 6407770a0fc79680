/** What the headers pane holds before a token is pasted; the fetcher never sends it. */
export const TOKEN_PLACEHOLDER = '<accessToken>';

export const EXAMPLE_HEADERS = `{
  "Authorization": "Bearer ${TOKEN_PLACEHOLDER}"
}`;

export const EXAMPLE_VARIABLES = `{
  "username": "admin",
  "password": ""
}`;

export const EXAMPLE_QUERY = `# Welcome to Gatehouse. To sign in:
#
# 1. Type your password under Variables, below.
#    Press play and choose Login.
# 2. Copy the accessToken into Headers, below:
#    {"Authorization": "Bearer ${TOKEN_PLACEHOLDER}"}
# 3. Press play again and choose Me.
#
# Ctrl-Enter runs the operation at the cursor.
# The book icon lists all others.
# A reload forgets what you typed.

mutation Login($username: String!, $password: String!) {
  login(username: $username, password: $password) {
    accessToken
    expiresIn
    refreshToken
  }
}

query Me {
  me {
    username
    fullName
    role
  }
}
`;
