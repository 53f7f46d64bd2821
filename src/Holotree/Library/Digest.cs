using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Holotree.Library;

/// <summary>The SHA-256 digest of a file's content: 32 bytes, a value, never a string on the way.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Digest(ulong A, ulong B, ulong C, ulong D)
{
    internal const int Bytes = SHA256.HashSizeInBytes;

    /// <summary>The length of the hexadecimal form.</summary>
    internal const int HexLength = Bytes * 2;

    internal static Digest FromBytes(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<Digest>(bytes[..Bytes]);

    /// <summary>Writes the 64 lower-case hexadecimal digits as ASCII.</summary>
    internal void WriteHex(Span<byte> destination)
    {
        // The framework's own conversion is vector code, which is not compiled beforehand: an object's name is needed before that pays.
        Digest self = this;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in self, 1));
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        for (int i = 0; i < bytes.Length; i++)
        {
            destination[2 * i] = digits[bytes[i] >> 4];
            destination[2 * i + 1] = digits[bytes[i] & 0xF];
        }
    }

    /// <summary>Reads what <see cref="WriteHex"/> writes. False for anything else, such as digits in upper case.</summary>
    internal static bool TryParse(ReadOnlySpan<char> hex, out Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bool isOne = hex.Length == HexLength && !hex.ContainsAnyInRange('A', 'F')
            && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        digest = isOne ? FromBytes(bytes) : default;
        return isOne;
    }

    /// <summary>The 64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> hex = stackalloc byte[HexLength];
        WriteHex(hex);
        return System.Text.Encoding.ASCII.GetString(hex);
    }
}
