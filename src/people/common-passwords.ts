/**
 * Passwords of 12 characters and more that stand near the top of every published list of leaked ones, in lower case:
 * the first that a guesser tries. Shorter ones are refused by their length.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `012345678910 0123456789ab 1029384756qp 102030405060 112233445566 1234567890-= 123456789000 12345678900987654321
  123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 12345678910 123456789101112 123456789abc
  1234567890qwe 1234567890qwerty 1234567891011 12345678987654321 123456abcdef 123456qwerty 123456qwertyuiop 123654789123
  123abc123abc 123qweasdzxc 147258369147 147852369147 159357159357 1a2b3c4d5e6f 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i
  1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc 3edc2wsx1qaz 789456123789 987654321000
  987654321012 9876543210987 a1b2c3d4e5f6 a1s2d3f4g5h6 aaaabbbbcccc abc123abc123 abc123456789 abcd12345678 abcdefghijkl
  abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz abcdef123456 admin1234567 admin12345678 admin123456789 administrador
  administrator administrator1 administrator123 asdfasdfasdf asdfghjkl123 asdfghjkl1234 asdfghjklzxcvbnm asdfghjklqwertyuiop
  basketball12 basketball123 butterfly123 changeme1234 changeme12345 changemenow1 charlie12345 chocolate123 computer1234
  default12345 defaultpassword dragon123456 elizabeth123 facebook1234 football1234 football12345 fuckyou12345 hello1234567
  helloworld12 helloworld123 iloveyou1234 iloveyou12345 iloveyou123456 jesuschrist1 letmein12345 letmein123456 liverpool123
  login1234567 manchester12 manchester123 manchesterunited marlboro1234 michael12345 microsoft123 minecraft123 monkey123456
  myspace12345 naruto123456 newpassword1 newpassword12 newpassword123 nopassword12 p@ssw0rd1234 p@ssword1234 passw0rd1234
  passw0rd12345 password0123 password1111 password1234 password12345 password123456 password1234567 password12345678
  password123456789 password1234567890 password2020 password2021 password2022 password2023 password2024 password2025
  password2026 password!123 password@123 password@1234 passwordpassword pikachu12345 pokemon12345 princess1234 princess12345
  q1w2e3r4t5y6 q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8 qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb qazxswedcvfr qwer1234qwer qwert1234567
  qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwertyasdfgh qwertyqwerty qwertyui1234 qwertyuiop12 qwertyuiop123
  qwertyuiop1234 qwertyuiop[] qwertyuiop[]\\ qwertyuiopas qwertyuiopasdf qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm
  secret123456 sunshine1234 sunshine12345 superman1234 superuser123 temporary123 test12345678 test123456789 testtesttest
  thisismypassword trustno12345 unknown12345 user12345678 welcome12345 welcome123456 welcome@1234 welcometo123 zaq12wsxcde3
  zaq1xsw2cde3 zxcvbnm12345 zxcvbnm123456 zxcvbnmasdfghjkl zxcvbnmzxcvbnm`.split(/\s+/),
);
